import { type FormEvent, useState } from 'react'
import type { WorkspaceRole } from '../../../../src/contract/common/permissions.ts'
import type { OrganizationMemberWire } from '../../../../src/contract/management/organization.ts'
import {
  bulkAddWorkspaceMembers,
  listWorkspaceMembers,
  type WorkspaceMemberWire,
  type WorkspaceWire,
} from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { personName } from './people.ts'
import { RoleChoice } from './role-choice.tsx'

interface AddMemberDialogProps {
  workspace: WorkspaceWire
  people: ReadonlyMap<string, OrganizationMemberWire> | undefined
  members: readonly WorkspaceMemberWire[]
  isOpen: boolean
  onClose: () => void
}

/** Somebody of the organization into the workspace. */
export function AddMemberDialog({ workspace, people, members, isOpen, onClose }: AddMemberDialogProps) {
  const [userId, setUserId] = useState('')
  const [role, setRole] = useState<WorkspaceRole>('developer')
  const add = useChange(bulkAddWorkspaceMembers, {
    refreshes: [listWorkspaceMembers],
    onDone: () => {
      toast(`${personName(people, userId)} is in ${workspace.name} now.`)
      setUserId('')
      onClose()
    },
  })
  const present = new Set(members.map(({ user_id }) => user_id))
  const absent = [...(people?.keys() ?? [])].filter((id) => !present.has(id))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate({ id: workspace.id, user_ids: [userId], workspace_role: role })
  }
  return (
    <Dialog
      title="Add a member"
      description="Somebody who is in the organization already."
      isOpen={isOpen}
      onClose={onClose}
    >
      {absent.length === 0 ? (
        <p className="text-muted">Everybody in the organization is in this workspace. Invite somebody new instead.</p>
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <SelectField
            label="Member"
            required
            value={userId}
            onChange={(event) => setUserId(event.target.value)}
            choices={[
              { value: '', label: 'Choose somebody' },
              ...absent.map((id) => ({ value: id, label: personName(people, id) })),
            ]}
          />
          <RoleChoice role={role} onChoose={setRole} />
          <FailureNote error={add.error} />
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button data-operation={bulkAddWorkspaceMembers.id} type="submit" look="primary" isBusy={add.isPending}>
              Add
            </Button>
          </DialogActions>
        </form>
      )}
    </Dialog>
  )
}
