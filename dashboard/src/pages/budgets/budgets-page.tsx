import { useState } from 'react'
import { BUDGET_OPERATIONS, type BudgetWire } from '../../../../src/contract/management/budgets.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { useNow } from '../../components/figures.tsx'
import { LimitBar } from '../../components/limit-bar.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page, Section } from '../../components/page.tsx'
import { formatResetInstant, resetInstant } from '../../format/time.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { BudgetDialog, INTERVALS, type Interval } from './budget-dialog.tsx'
import { ForecastLine } from './forecast-line.tsx'
import { ProjectList } from './project-list.tsx'

const TITLES: Readonly<Record<Interval, string>> = {
  daily: 'Each day',
  weekly: 'Each week',
  monthly: 'Each month',
  lifetime: 'In all',
}

/** What the workspace and its projects may spend. A change counts from the next request on. */
export function BudgetsPage() {
  const workspace = useWorkspace()
  const reach = useReach('budget:write', workspace.id)
  const budgets = useOperation(BUDGET_OPERATIONS.listWorkspaceBudgets, { id: workspace.id }, { everyMs: 5_000 })
  const [edited, setEdited] = useState<Interval>()
  return (
    <Page
      title="Budgets"
      description="What this workspace may spend. Whoever goes beyond is refused, and a change counts from the next request on."
    >
      <Section title="The workspace">
        <Loaded query={budgets} what="the budgets" rows={4}>
          {({ data }) => (
            <ul className="divide-y divide-line border-y border-line">
              {INTERVALS.map((interval) => (
                <Budget
                  key={interval}
                  interval={interval}
                  wire={data.find(({ reset_interval }) => (reset_interval ?? 'lifetime') === interval)}
                  onEdit={reach === 'ws' ? () => setEdited(interval) : undefined}
                />
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <ProjectList workspaceId={workspace.id} />
      <BudgetDialog
        title={edited === undefined ? '' : `Budget: ${TITLES[edited].toLowerCase()}`}
        interval={edited}
        current={budgets.data?.data.find(({ reset_interval }) => (reset_interval ?? 'lifetime') === edited)?.limit_usd}
        target={{ workspaceId: workspace.id }}
        onClose={() => setEdited(undefined)}
      />
    </Page>
  )
}

function Budget({
  interval,
  wire,
  onEdit,
}: {
  interval: Interval
  wire: BudgetWire | undefined
  onEdit: (() => void) | undefined
}) {
  const reset = resetInstant(interval === 'lifetime' ? null : interval, useNow())
  return (
    <li className="grid items-center gap-x-6 gap-y-2 py-3 sm:grid-cols-[12rem_1fr_auto]">
      <div>
        <p className="font-medium">{TITLES[interval]}</p>
        <p className="text-sm text-muted">
          {reset === undefined ? 'never resets' : `resets ${formatResetInstant(reset)}`}
        </p>
      </div>
      {wire === undefined ? (
        <p className="text-muted">No limit</p>
      ) : (
        <div className="min-w-0">
          <LimitBar label={`${TITLES[interval]} budget`} spent={wire.spent_usd} limit={wire.limit_usd} />
          <ForecastLine workspaceId={wire.workspace_id} budgetId={wire.id} />
        </div>
      )}
      {onEdit === undefined ? null : (
        <Button data-operation={BUDGET_OPERATIONS.upsertWorkspaceBudget.id} onClick={onEdit}>
          {wire === undefined ? 'Set' : 'Change'}
          <span className="sr-only"> the budget: {TITLES[interval].toLowerCase()}</span>
        </Button>
      )}
    </li>
  )
}
