import { FileText } from 'lucide-react'
import { useState } from 'react'
import { INVOICE_OPERATIONS, type InvoiceWire } from '../../../../src/contract/management/invoices.ts'
import { useOperation } from '../../api/use-operation.ts'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { Money } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatDate } from '../../format/time.ts'
import { InvoiceDrawer } from './invoice-drawer.tsx'
import { InvoiceLines } from './invoice-lines.tsx'
import { PAGE_SIZE } from './page-size.ts'

/** What is on no invoice yet, and the invoices. */
export function InvoicesTab() {
  const [offset, setOffset] = useState(0)
  const [open, setOpen] = useState<string>()
  const invoices = useOperation(INVOICE_OPERATIONS.listInvoices, { offset, limit: PAGE_SIZE }, { keepsPrevious: true })
  return (
    <>
      <NotYetBilled />
      <Section title="Invoices" description="One for each month, made when it is over. Months are those of UTC.">
        <Loaded query={invoices} what="the invoices">
          {({ data, total_count }) =>
            data.length === 0 ? (
              <EmptyState icon={FileText} title="No invoice yet">
                The first one is made when this month is over, if something is charged in it.
              </EmptyState>
            ) : (
              <>
                <DataTable
                  caption="Invoices"
                  columns={columns(setOpen)}
                  rows={data}
                  keyOf={({ id }) => id}
                  onOpen={({ id }) => setOpen(id)}
                />
                <OffsetPager offset={offset} size={PAGE_SIZE} total={total_count} onOffset={setOffset} />
              </>
            )
          }
        </Loaded>
      </Section>
      <InvoiceDrawer id={open} onClose={() => setOpen(undefined)} />
    </>
  )
}

function NotYetBilled() {
  const [offset, setOffset] = useState(0)
  const preview = useOperation(INVOICE_OPERATIONS.previewInvoice, { offset, limit: PAGE_SIZE }, { keepsPrevious: true })
  return (
    <Section title="On no invoice yet">
      <Loaded query={preview} what="what is charged so far" rows={3}>
        {({ data }) =>
          data.line_count === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">
              Nothing is charged since the last invoice.
            </p>
          ) : (
            <>
              <p className="mb-2">
                <strong className="text-lg">
                  <Money amount={data.total_usd} />
                </strong>{' '}
                so far
              </p>
              <InvoiceLines lines={data.lines} />
              <OffsetPager offset={offset} size={PAGE_SIZE} total={data.line_count} onOffset={setOffset} />
            </>
          )
        }
      </Loaded>
    </Section>
  )
}

function columns(open: (id: string) => void): readonly Column<InvoiceWire>[] {
  return [
    {
      id: 'number',
      header: 'Number',
      cell: ({ id, number }) => (
        <button type="button" className="figures font-medium hover:text-accent-text" onClick={() => open(id)}>
          {number}
        </button>
      ),
    },
    { id: 'period', header: 'Month', cell: ({ period }) => <span className="figures">{period}</span> },
    { id: 'issued', header: 'Issued', from: 'sm', cell: ({ issued_at }) => formatDate(issued_at) },
    { id: 'total', header: 'Total', align: 'right', cell: ({ total_usd }) => <Money amount={total_usd} /> },
  ]
}
