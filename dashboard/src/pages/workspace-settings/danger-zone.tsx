import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import { deleteWorkspace, listWorkspaces, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { toast } from '../../components/toast.tsx'

/** Deleting the workspace, and what stands in its way. */
export function DangerZone({ workspace }: { workspace: WorkspaceWire }) {
  const mayDelete = useReach('workspace:delete', workspace.id) !== undefined
  const keys = useOperation(listKeys, { workspace_id: workspace.id, include_disabled: true }, { enabled: mayDelete })
  const [isAsking, setAsking] = useState(false)
  const navigate = useNavigate()
  const remove = useChange(deleteWorkspace, {
    refreshes: [listWorkspaces],
    onDone: () => {
      toast(`${workspace.name} is deleted.`)
      void navigate({ to: '/' })
    },
  })
  if (!mayDelete) return null
  const count = keys.data?.data.length ?? 0
  return (
    <section aria-labelledby="danger" className="mt-12 max-w-[680px] rounded-md border border-danger px-4 py-3">
      <h2 id="danger" className="text-lg font-semibold">
        Delete the workspace
      </h2>
      <p className="mt-1 text-muted">
        {count === 0
          ? 'Its members lose it, its settings are gone. What it spent stays on record.'
          : `${count} ${count === 1 ? 'key stands' : 'keys stand'} in the way: delete ${count === 1 ? 'it' : 'them'} first.`}
      </p>
      <Button
        data-operation={deleteWorkspace.id}
        look="danger"
        className="mt-3"
        disabled={count > 0}
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
          remove.mutate({
            id: workspace.id,
            ...(workspace.slug === 'default' ? { confirm_default_workspace_deletion: true } : {}),
          })
        }
        onClose={() => setAsking(false)}
      >
        <p>Members, guardrails, budgets and settings of {workspace.name} are gone for good.</p>
      </ConfirmDialog>
    </section>
  )
}
