import type { InvoiceLineWire } from '../../../../src/contract/management/invoices.ts'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Count, Money } from '../../components/figures.tsx'

/** What was used of which model by which workspace. */
export function InvoiceLines({ lines }: { lines: readonly InvoiceLineWire[] }) {
  return (
    <DataTable
      caption="Lines"
      columns={COLUMNS}
      rows={lines}
      keyOf={({ workspace_id, model, month }) => `${workspace_id} ${model} ${month}`}
    />
  )
}

const COLUMNS: readonly Column<InvoiceLineWire>[] = [
  {
    id: 'model',
    header: 'Model',
    cell: ({ model, workspace_name }) => (
      <span className="flex max-w-64 min-w-32 flex-col">
        <span className="font-mono text-sm break-all">{model}</span>
        <span className="truncate text-sm text-muted" title={workspace_name}>
          {workspace_name}
        </span>
      </span>
    ),
  },
  { id: 'month', header: 'Month', from: 'md', cell: ({ month }) => <span className="figures">{month}</span> },
  {
    id: 'requests',
    header: 'Requests',
    align: 'right',
    from: 'sm',
    cell: ({ requests }) => <Count count={requests} />,
  },
  {
    id: 'in',
    header: 'Tokens in',
    align: 'right',
    from: 'md',
    cell: ({ prompt_tokens }) => <Count count={prompt_tokens} />,
  },
  {
    id: 'out',
    header: 'Tokens out',
    align: 'right',
    from: 'md',
    cell: ({ completion_tokens }) => <Count count={completion_tokens} />,
  },
  { id: 'amount', header: 'Amount', align: 'right', cell: ({ amount_usd }) => <Money amount={amount_usd} /> },
]
