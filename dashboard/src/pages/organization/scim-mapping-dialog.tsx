import { useState } from 'react'
import {
  SCIM_OPERATIONS,
  type ScimGroupMappingWire,
  type ScimGroupWire,
} from '../../../../src/contract/management/scim.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { useWorkspaces } from '../../frame/workspaces.tsx'

const { createScimGroupMapping, listScimGroupMappings, updateScimGroupMapping } = SCIM_OPERATIONS
type Role = ScimGroupMappingWire['role']

export const SCIM_ROLES: readonly { value: Role; label: string }[] = [
  { value: 'member', label: 'Developer' },
  { value: 'admin', label: 'Admin' },
]

interface GroupMappingDialogProps {
  /** The one that is changed, whose role alone can be; a new one without. */
  mapping: ScimGroupMappingWire | undefined
  groups: readonly ScimGroupWire[]
  isOpen: boolean
  onClose: () => void
}

export function GroupMappingDialog({ isOpen, ...rest }: GroupMappingDialogProps) {
  return (
    <Dialog
      title={rest.mapping === undefined ? 'Map a group' : 'Change the mapping'}
      description="Memberships follow at once."
      isOpen={isOpen}
      onClose={rest.onClose}
      isInsistent
    >
      <MappingForm {...rest} />
    </Dialog>
  )
}

function MappingForm({ mapping, groups, onClose }: Omit<GroupMappingDialogProps, 'isOpen'>) {
  const workspaces = useWorkspaces()
  const [groupId, setGroupId] = useState(mapping?.scim_group_id ?? groups[0]?.id ?? '')
  const [workspaceId, setWorkspaceId] = useState(mapping?.workspace_id ?? workspaces[0]?.id ?? '')
  const [role, setRole] = useState<Role>(mapping?.role ?? 'member')
  const options = { refreshes: [listScimGroupMappings], onDone: onClose }
  const create = useChange(createScimGroupMapping, options)
  const save = useChange(updateScimGroupMapping, options)
  const submit = () => {
    if (mapping === undefined) create.mutate({ scim_group_id: groupId, workspace_id: workspaceId, role })
    else save.mutate({ id: mapping.id, role })
  }
  const isFixed = mapping !== undefined
  return (
    <SaveForm
      operation={isFixed ? updateScimGroupMapping : createScimGroupMapping}
      sendings={[create, save]}
      onSubmit={submit}
      onCancel={onClose}
    >
      <SelectField
        label="Group of the directory"
        field="scim_group_id"
        disabled={isFixed}
        value={groupId}
        onChange={(event) => setGroupId(event.target.value)}
        choices={groups.map(({ id, display_name }) => ({ value: id, label: display_name }))}
      />
      <SelectField
        label="Workspace"
        field="workspace_id"
        disabled={isFixed}
        value={workspaceId}
        onChange={(event) => setWorkspaceId(event.target.value)}
        choices={workspaces.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <SelectField
        label="Role"
        field="role"
        value={role}
        onChange={(event) => setRole(event.target.value as Role)}
        choices={SCIM_ROLES}
      />
    </SaveForm>
  )
}
