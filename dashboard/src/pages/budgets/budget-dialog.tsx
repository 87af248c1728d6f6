import { type FormEvent, useState } from 'react'
import { BUDGET_OPERATIONS } from '../../../../src/contract/management/budgets.ts'
import { PROJECT_OPERATIONS } from '../../../../src/contract/management/projects.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'

export const INTERVALS = ['daily', 'weekly', 'monthly', 'lifetime'] as const
export type Interval = (typeof INTERVALS)[number]

interface Target {
  workspaceId: string
  /** Of the workspace itself without one. */
  projectSlug?: string
}

const REFRESHED = [
  BUDGET_OPERATIONS.listWorkspaceBudgets,
  PROJECT_OPERATIONS.listProjectBudgets,
  BUDGET_OPERATIONS.listBudgetForecasts,
]

/** Sets, changes or removes one budget of a workspace or of a project. */
export function BudgetDialog({
  title,
  interval,
  current,
  target,
  onClose,
}: {
  title: string
  interval: Interval | undefined
  current: number | undefined
  target: Target
  onClose: () => void
}) {
  return (
    <Dialog title={title} isOpen={interval !== undefined} onClose={onClose}>
      {interval === undefined ? null : (
        <BudgetForm interval={interval} current={current} target={target} onClose={onClose} />
      )}
    </Dialog>
  )
}

function BudgetForm({
  interval,
  current,
  target,
  onClose,
}: {
  interval: Interval
  current: number | undefined
  target: Target
  onClose: () => void
}) {
  const isOfProject = target.projectSlug !== undefined
  const [limit, setLimit] = useState(current === undefined ? '' : String(current))
  const { save, remove, error, isBusy } = useBudgetChanges({ interval, target, onClose })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save(Number(limit))
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Limit"
        hint={
          interval === 'lifetime' ? 'In all, and never again more.' : 'Starts anew at midnight UTC, weeks on Monday.'
        }
        unit="$"
        type="number"
        min="0.000000001"
        step="any"
        required
        autoFocus
        value={limit}
        onChange={(event) => setLimit(event.target.value)}
      />
      <FailureNote error={error} />
      <DialogActions>
        {current === undefined ? null : (
          <Button
            data-operation={
              (isOfProject ? PROJECT_OPERATIONS.deleteProjectBudget : BUDGET_OPERATIONS.deleteWorkspaceBudget).id
            }
            className="mr-auto text-danger"
            isBusy={isBusy}
            onClick={remove}
          >
            Remove
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={
            (isOfProject ? PROJECT_OPERATIONS.upsertProjectBudget : BUDGET_OPERATIONS.upsertWorkspaceBudget).id
          }
          type="submit"
          look="primary"
          isBusy={isBusy}
        >
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

function useBudgetChanges({ interval, target, onClose }: { interval: Interval; target: Target; onClose: () => void }) {
  const { workspaceId: id, projectSlug: slug } = target
  const options = {
    refreshes: REFRESHED,
    onDone: () => {
      toast('Saved. It counts from the next request on.')
      onClose()
    },
  }
  const ofWorkspace = useChange(BUDGET_OPERATIONS.upsertWorkspaceBudget, options)
  const ofProject = useChange(PROJECT_OPERATIONS.upsertProjectBudget, options)
  const noneOfWorkspace = useChange(BUDGET_OPERATIONS.deleteWorkspaceBudget, options)
  const noneOfProject = useChange(PROJECT_OPERATIONS.deleteProjectBudget, options)
  const all = [ofWorkspace, ofProject, noneOfWorkspace, noneOfProject]
  return {
    save: (limit_usd: number) =>
      slug === undefined
        ? ofWorkspace.mutate({ id, interval, limit_usd })
        : ofProject.mutate({ id, slug, interval, limit_usd }),
    remove: () =>
      slug === undefined ? noneOfWorkspace.mutate({ id, interval }) : noneOfProject.mutate({ id, slug, interval }),
    error: all.find((change) => change.error !== null)?.error ?? null,
    isBusy: all.some(({ isPending }) => isPending),
  }
}
