import { useState } from 'react'
import type { WorkspacePermission } from '../../../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS, type CustomRoleWire } from '../../../../src/contract/management/custom-roles.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField } from '../../components/field.tsx'
import { useFault } from '../../components/form.tsx'
import { NameAndPurpose } from '../../components/name-and-purpose.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { PERMISSION_GROUPS } from './permission-words.ts'

const { createCustomRole, listCustomRoles, updateCustomRole } = CUSTOM_ROLE_OPERATIONS

interface RoleDialogProps {
  /** The one that is changed; a new one without. */
  role: CustomRoleWire | undefined
  isOpen: boolean
  onClose: () => void
}

/** A name, and what whoever has it may. */
export function RoleDialog({ isOpen, role, onClose }: RoleDialogProps) {
  return (
    <Dialog
      title={role === undefined ? 'Add a role' : 'Change the role'}
      description={role === undefined ? undefined : 'It counts at once for everybody who has it.'}
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <RoleForm role={role} onClose={onClose} />
    </Dialog>
  )
}

function RoleForm({ role, onClose }: Omit<RoleDialogProps, 'isOpen'>) {
  const [name, setName] = useState(role?.name ?? '')
  const [description, setDescription] = useState(role?.description ?? '')
  const [permissions, setPermissions] = useState<readonly string[]>(role?.permissions ?? ['workspace:read'])
  const options = { refreshes: [listCustomRoles], onDone: onClose }
  const add = useChange(createCustomRole, options)
  const save = useChange(updateCustomRole, options)
  const submit = () => {
    const said = {
      name: name.trim(),
      description: description.trim() === '' ? null : description.trim(),
      permissions: [...permissions] as WorkspacePermission[],
    }
    if (role === undefined) add.mutate(said)
    else save.mutate({ id: role.id, ...said })
  }
  return (
    <SaveForm
      operation={role === undefined ? createCustomRole : updateCustomRole}
      action={role === undefined ? 'Add the role' : 'Save the role'}
      sendings={[add, save]}
      onSubmit={submit}
      onCancel={onClose}
    >
      <NameAndPurpose name={name} description={description} onName={setName} onDescription={setDescription} />
      <Permissions chosen={permissions} onChange={setPermissions} />
    </SaveForm>
  )
}

function Permissions({
  chosen,
  onChange,
}: {
  chosen: readonly string[]
  onChange: (permissions: readonly string[]) => void
}) {
  const fault = useFault('permissions')
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="mb-1 text-sm font-medium">May, in the whole workspace</legend>
      {fault === undefined ? null : <p className="text-sm text-danger">{fault}</p>}
      <div className="gap-x-6 sm:columns-2">
        {PERMISSION_GROUPS.map(({ title, words }) => (
          <fieldset key={title} className="mb-4 flex break-inside-avoid flex-col gap-1.5">
            <legend className="mb-1 text-sm text-muted">{title}</legend>
            {Object.entries(words).map(([permission, text]) => (
              <CheckField
                key={permission}
                label={text}
                hint={<code className="font-mono text-xs">{permission}</code>}
                checked={chosen.includes(permission)}
                onChange={(event) =>
                  onChange(
                    event.target.checked ? [...chosen, permission] : chosen.filter((other) => other !== permission),
                  )
                }
              />
            ))}
          </fieldset>
        ))}
      </div>
    </fieldset>
  )
}
