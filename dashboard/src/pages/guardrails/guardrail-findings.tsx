import { type FilterFindings, GUARDRAIL_OPERATIONS } from '../../../../src/contract/management/guardrails.ts'
import { useOperation } from '../../api/use-operation.ts'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Count, When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'

/** Which filter is too keen: what each found of late, and how much of it somebody marked as nothing. */
export function GuardrailFindings({ id }: { id: string }) {
  const findings = useOperation(GUARDRAIL_OPERATIONS.listGuardrailFindings, { id })
  return (
    <Loaded query={findings} what="what it found" rows={3}>
      {({ data: { since, filters } }) => (
        <div className="flex flex-col gap-2">
          {filters.length === 0 ? (
            <p className="text-muted">Its content filters found nothing in the last 30 days.</p>
          ) : (
            <DataTable
              caption="What its content filters found"
              columns={COLUMNS}
              rows={filters}
              keyOf={({ filter, pattern }) => `${filter} ${pattern ?? ''}`}
            />
          )}
          <p className="text-sm text-muted">
            Since <When iso={since} />, in requests that you may see in the log; refused ones count as long as they are
            kept.
          </p>
        </div>
      )}
    </Loaded>
  )
}

const COLUMNS: readonly Column<FilterFindings>[] = [
  {
    id: 'filter',
    header: 'Filter',
    cell: ({ filter, pattern, label }) => (
      <span className="flex flex-col">
        <span className="font-medium">{label ?? filter}</span>
        <code className="max-w-56 truncate font-mono text-sm text-muted">{pattern ?? filter}</code>
      </span>
    ),
  },
  { id: 'requests', header: 'Requests', align: 'right', cell: ({ requests }) => <Count count={requests} /> },
  { id: 'finds', header: 'Finds', align: 'right', from: 'sm', cell: ({ finds }) => <Count count={finds} /> },
  {
    id: 'false',
    header: 'False positives',
    align: 'right',
    cell: ({ false_positives, requests }) =>
      `${false_positives} (${Math.round((100 * false_positives) / Math.max(1, requests))} %)`,
  },
]
