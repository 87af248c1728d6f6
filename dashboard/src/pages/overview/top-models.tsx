import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import type { AskedRange } from '../../analytics/ranges.ts'
import { useOperation } from '../../api/use-operation.ts'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Count, Money } from '../../components/figures.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, LoadingRows } from '../../components/states.tsx'

interface Row {
  model: string
  requests: number
  tokens: number
  spend: number
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'model', header: 'Model', cell: ({ model }) => <span className="font-mono text-sm break-all">{model}</span> },
  { id: 'requests', header: 'Requests', align: 'right', cell: ({ requests }) => <Count count={requests} /> },
  { id: 'tokens', header: 'Tokens', align: 'right', from: 'sm', cell: ({ tokens }) => <Count count={tokens} /> },
  { id: 'spend', header: 'Spend', align: 'right', cell: ({ spend }) => <Money amount={spend} /> },
]

export function TopModels({ workspaceId, range }: { workspaceId: string; range: AskedRange }) {
  const answer = useOperation(
    queryAnalytics,
    {
      metrics: ['request_count', 'tokens_total', 'total_usage'],
      dimensions: ['model'],
      filters: [{ field: 'workspace', operator: 'eq', value: workspaceId }],
      time_range: range.time_range,
      limit: 8,
    },
    { keepsPrevious: true },
  )
  return (
    <Section title="Top models">
      {answer.isPending ? (
        <LoadingRows label="models" rows={4} />
      ) : answer.isError ? (
        <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the models" />
      ) : answer.data.data.data.length === 0 ? (
        <p className="border-y border-line py-8 text-center text-muted">No model was called in this period.</p>
      ) : (
        <DataTable
          caption="Top models"
          columns={COLUMNS}
          rows={answer.data.data.data.map((row) => ({
            model: String(row['model'] ?? '(none)'),
            requests: Number(row['request_count'] ?? 0),
            tokens: Number(row['tokens_total'] ?? 0),
            spend: Number(row['total_usage'] ?? 0),
          }))}
          keyOf={({ model }) => model}
        />
      )}
    </Section>
  )
}
