import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import { bulkRemoveWorkspaceMembers, listWorkspaceMembers } from '../../../../src/contract/management/workspaces.ts'
import { call } from '../../api/call.ts'
import { RequestFailed } from '../../api/request-failed.ts'
import { Button } from '../../components/button.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { roleFields, useRoleChoices } from './use-role-choices.ts'

const { updateWorkspaceMember } = MEMBER_OPERATIONS

interface BulkBarProps {
  workspaceId: string
  chosen: readonly string[]
  nameOf: (userId: string) => string
  onDone: () => void
}

/** What can be done with several members at once. */
export function BulkBar({ workspaceId, chosen, nameOf, onDone }: BulkBarProps) {
  const [role, setRole] = useState('developer')
  const [isRemoving, setRemoving] = useState(false)
  const choices = useRoleChoices()
  const client = useQueryClient()
  const change = useMutation<number, Error>({
    mutationFn: async () => {
      for (const [index, user_id] of chosen.entries()) {
        await call(updateWorkspaceMember, { id: workspaceId, user_id, ...roleFields(role) }).catch((error: Error) => {
          throw stoppedAt(error, nameOf(user_id), index)
        })
      }
      return chosen.length
    },
    onSuccess: (count) => {
      toast(`${count} ${count === 1 ? 'member has' : 'members have'} another role now.`)
      onDone()
    },
    onSettled: () => client.invalidateQueries({ queryKey: [listWorkspaceMembers.id] }),
  })
  if (chosen.length === 0) return null
  return (
    <section aria-label="Chosen members" className="mb-3 flex flex-col gap-2 rounded-md bg-raised px-3 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="mr-auto font-medium">{chosen.length} chosen</span>
        <div className="w-44">
          <SelectField
            label="Role of those chosen"
            isLabelHidden
            value={role}
            onChange={(event) => setRole(event.target.value)}
            choices={choices}
          />
        </div>
        <Button data-operation={updateWorkspaceMember.id} isBusy={change.isPending} onClick={() => change.mutate()}>
          Give the role
        </Button>
        <Button
          data-operation={bulkRemoveWorkspaceMembers.id}
          className="text-danger"
          onClick={() => setRemoving(true)}
        >
          Remove
        </Button>
      </div>
      <FailureNote error={change.error} />
      <DeleteDialog
        action={chosen.length === 1 ? 'Remove the member' : `Remove ${chosen.length} members`}
        operation={bulkRemoveWorkspaceMembers}
        input={isRemoving ? { id: workspaceId, user_ids: [...chosen] } : undefined}
        refreshes={[listWorkspaceMembers]}
        onDone={onDone}
        onClose={() => setRemoving(false)}
      >
        <p>
          They lose this workspace at once: {chosen.map(nameOf).join(', ')}. What they spent stays on record. Whoever
          has keys here is removed alone, with what becomes of the keys.
        </p>
      </DeleteDialog>
    </section>
  )
}

/** Says at whom it stopped: those before have the role. */
function stoppedAt(error: Error, name: string, done: number): Error {
  const text = `${name}: ${error.message}${done === 0 ? '' : ` Those before, ${done}, have the role.`}`
  if (!(error instanceof RequestFailed)) return new Error(text)
  return new RequestFailed(text, { status: error.status, requestId: error.requestId })
}
