import { BUDGET_OPERATIONS } from '../../../../src/contract/management/budgets.ts'
import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useOperation } from '../../api/use-operation.ts'
import { useNow } from '../../components/figures.tsx'
import { LimitBar } from '../../components/limit-bar.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, LoadingRows } from '../../components/states.tsx'
import { formatResetInstant, resetInstant } from '../../format/time.ts'

/** How far the workspace's budgets are used up. */
export function BudgetList({ workspace }: { workspace: WorkspaceWire }) {
  const budgets = useOperation(BUDGET_OPERATIONS.listWorkspaceBudgets, { id: workspace.id }, { everyMs: 30_000 })
  const now = useNow()
  return (
    <Section title="Budgets">
      {budgets.isPending ? (
        <LoadingRows label="budgets" rows={2} />
      ) : budgets.isError ? (
        <ErrorState error={budgets.error} retry={() => void budgets.refetch()} what="the budgets" />
      ) : budgets.data.data.length === 0 ? (
        <p className="border-y border-line py-8 text-center text-muted">This workspace has no budget.</p>
      ) : (
        <ul className="flex flex-col gap-5 border-t border-line pt-3">
          {budgets.data.data.map(({ id, reset_interval, spent_usd, limit_usd }) => {
            const reset = resetInstant(reset_interval, now)
            return (
              <li key={id}>
                <p className="mb-1 flex justify-between gap-3">
                  <span className="font-medium capitalize">{reset_interval ?? 'lifetime'}</span>
                  <span className="text-sm text-muted">
                    {reset === undefined ? 'never resets' : `resets ${formatResetInstant(reset)}`}
                  </span>
                </p>
                <LimitBar label={`${reset_interval ?? 'lifetime'} budget`} spent={spent_usd} limit={limit_usd} />
              </li>
            )
          })}
        </ul>
      )}
    </Section>
  )
}
