import { useState } from 'react'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import type { OrganizationMemberWire } from '../../../../src/contract/management/organization.ts'
import { listWorkspaceMembers } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { toast } from '../../components/toast.tsx'
import { personName, useWorkspaceMembers } from './people.ts'

interface RemoveMemberDialogProps {
  workspaceId: string
  userId: string | undefined
  people: ReadonlyMap<string, OrganizationMemberWire> | undefined
  onClose: () => void
}

/** Out of the workspace, with what becomes of their keys in it. */
export function RemoveMemberDialog({ workspaceId, userId, people, onClose }: RemoveMemberDialogProps) {
  const [heir, setHeir] = useState('')
  const members = useWorkspaceMembers(workspaceId)
  const name = personName(people, userId ?? '')
  const remove = useChange(MEMBER_OPERATIONS.deleteWorkspaceMember, {
    refreshes: [listWorkspaceMembers],
    onDone: ({ key_hashes }) => {
      toast(
        `${name} is out. ${key_hashes.length === 0 ? 'They had no keys here.' : `Keys touched: ${key_hashes.length}.`}`,
      )
      onClose()
    },
  })
  const others = (members.data ?? []).filter(({ user_id }) => user_id !== userId)
  return (
    <ConfirmDialog
      operation={MEMBER_OPERATIONS.deleteWorkspaceMember}
      title={`Remove ${name}`}
      action="Remove"
      isOpen={userId !== undefined}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate({
          id: workspaceId,
          user_id: userId ?? '',
          ...(heir === '' ? { keys: 'delete' as const } : { keys: 'transfer' as const, transfer_to: heir }),
        })
      }
      onClose={onClose}
    >
      <p>They lose this workspace at once. What they spent stays on record.</p>
      <SelectField
        label="Their keys in this workspace"
        value={heir}
        onChange={(event) => setHeir(event.target.value)}
        choices={[
          { value: '', label: 'are deleted' },
          ...others.map(({ user_id }) => ({ value: user_id, label: `go to ${personName(people, user_id)}` })),
        ]}
      />
    </ConfirmDialog>
  )
}
