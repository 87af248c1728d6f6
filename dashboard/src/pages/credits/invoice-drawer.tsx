import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { INVOICE_OPERATIONS } from '../../../../src/contract/management/invoices.ts'
import { saveText } from '../../analytics/csv.ts'
import { call } from '../../api/call.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { OffsetPager } from '../../components/data-table.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Money } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { formatDate } from '../../format/time.ts'
import { InvoiceLines } from './invoice-lines.tsx'
import { PAGE_SIZE } from './page-size.ts'

/** An invoice with its lines. */
export function InvoiceDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Invoice" place="side" size="wide" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Invoice id={id} />}
    </Dialog>
  )
}

function Invoice({ id }: { id: string }) {
  const [offset, setOffset] = useState(0)
  const invoice = useOperation(INVOICE_OPERATIONS.getInvoice, { id, offset, limit: PAGE_SIZE }, { keepsPrevious: true })
  const save = useMutation<void, Error, number>({ mutationFn: (number) => saveCsv(id, number) })
  return (
    <Loaded query={invoice} what="the invoice">
      {({ data: { number, period, issued_at, total_usd, is_partial, lines, line_count } }) => (
        <div className="flex flex-col gap-4">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <div>
              <h3 className="text-lg font-semibold">
                No. {number} · {period}
              </h3>
              <p className="text-muted">Issued {formatDate(issued_at)}</p>
            </div>
            <Button
              data-operation={INVOICE_OPERATIONS.exportInvoice.id}
              isBusy={save.isPending}
              onClick={() => save.mutate(number)}
            >
              <Download aria-hidden />
              CSV
            </Button>
          </div>
          <FailureNote error={save.error} />
          <p>
            <strong className="text-xl">
              <Money amount={total_usd} />
            </strong>
            {is_partial ? <span className="ml-2 text-muted">of the workspaces that you see</span> : null}
          </p>
          <InvoiceLines lines={lines} />
          <OffsetPager offset={offset} size={PAGE_SIZE} total={line_count} onOffset={setOffset} />
        </div>
      )}
    </Loaded>
  )
}

async function saveCsv(id: string, number: number): Promise<void> {
  const pages: string[] = []
  for (let offset: number | null = 0; offset !== null; ) {
    const { data }: { data: { content: string; next_offset: number | null } } = await call(
      INVOICE_OPERATIONS.exportInvoice,
      { id, offset },
    )
    pages.push(pages.length === 0 ? data.content : data.content.slice(data.content.indexOf('\n') + 1))
    offset = data.next_offset
  }
  saveText(`invoice-${number}.csv`, 'text/csv', pages.join(''))
}
