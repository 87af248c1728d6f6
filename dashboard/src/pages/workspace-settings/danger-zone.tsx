import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { CREDIT_OPERATIONS } from '../../../../src/contract/management/credits.ts'
import { KEYS_PAGE_SIZE, listKeys } from '../../../../src/contract/management/keys.ts'
import { deleteWorkspace, listWorkspaces, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Money } from '../../components/figures.tsx'
import { toast } from '../../components/toast.tsx'

const NAMED_MAX = 5

/** Deleting the workspace, and what stands in its way. */
export function DangerZone({ workspace }: { workspace: WorkspaceWire }) {
  const mayDelete = useReach('workspace:delete', workspace.id) !== undefined
  const [isAsking, setAsking] = useState(false)
  const navigate = useNavigate()
  const obstacles = useObstacles(workspace, mayDelete)
  const remove = useChange(deleteWorkspace, {
    refreshes: [listWorkspaces],
    onDone: () => {
      toast(`${workspace.name} is deleted.`)
      void navigate({ to: '/' })
    },
  })
  if (!mayDelete) return null
  const { is_default: isDefault } = workspace
  return (
    <section aria-labelledby="danger" className="mt-12 max-w-[680px] rounded-md border border-danger px-4 py-3">
      <h2 id="danger" className="text-lg font-semibold">
        Delete the workspace
      </h2>
      <p className="mt-1 text-muted">
        Its members lose it, its guardrails, budgets, provider keys and settings are gone. What it spent stays on
        record.
        {isDefault ? ' Its keys end with it.' : ''}
      </p>
      {obstacles.length === 0 ? null : (
        <div className="mt-3">
          <p className="font-medium">What stands in the way:</p>
          <ul className="mt-1 list-disc pl-5">{obstacles}</ul>
        </div>
      )}
      <Button
        data-operation={deleteWorkspace.id}
        look="danger"
        className="mt-3"
        disabled={obstacles.length > 0}
        onClick={() => setAsking(true)}
      >
        Delete {workspace.name.length > 40 ? 'it' : workspace.name}
      </Button>
      <ConfirmDialog
        operation={deleteWorkspace}
        title="Delete the workspace"
        typed={workspace.slug}
        action="Delete the workspace"
        isOpen={isAsking}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate({ id: workspace.id, ...(isDefault ? { confirm_default_workspace_deletion: true } : {}) })
        }
        onClose={() => setAsking(false)}
      >
        <p>Members, guardrails, budgets and settings of {workspace.name} are gone for good.</p>
      </ConfirmDialog>
    </section>
  )
}

/** What the API would refuse the deletion for, each with the way out of it. */
function useObstacles({ id, slug, credit_pool }: WorkspaceWire, isOn: boolean): ReactNode[] {
  const maySeeKeys = useReach('key:read', id) === 'ws'
  const maySeePool = useReach('credit:read', id) !== undefined
  const keys = useOperation(
    listKeys,
    { workspace_id: id, include_disabled: true, include_hidden: true },
    { enabled: isOn && maySeeKeys && slug !== 'default' },
  )
  const pool = useOperation(
    CREDIT_OPERATIONS.listCreditTransfers,
    { id, limit: 1 },
    { enabled: isOn && maySeePool && credit_pool === 'dedicated' },
  )
  const living = keys.data?.data ?? []
  const left = pool.data?.balance_usd ?? 0
  return [
    ...(living.length === 0 ? [] : [<KeyObstacle key="keys" slug={slug} names={living.map(({ name }) => name)} />]),
    ...(left > 0
      ? [
          <li key="pool">
            <Link to="/credits" search={{ tab: 'pools' } as never} className="underline underline-offset-2">
              <Money amount={left} /> in its pool
            </Link>
            : transfer it back.
          </li>,
        ]
      : []),
  ]
}

function KeyObstacle({ slug, names }: { slug: string; names: readonly string[] }) {
  const count = names.length === KEYS_PAGE_SIZE ? `${KEYS_PAGE_SIZE} or more` : names.length
  const rest = names.length - NAMED_MAX
  return (
    <li className="break-words">
      <Link to={`/workspaces/${slug}/keys`} className="underline underline-offset-2">
        {count} {names.length === 1 ? 'key' : 'keys'}
      </Link>
      : {names.slice(0, NAMED_MAX).join(', ')}
      {rest > 0 ? ' and others' : ''}. Delete {names.length === 1 ? 'it' : 'them'} first.
    </li>
  )
}
