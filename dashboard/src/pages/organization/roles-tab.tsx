import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { WORKSPACE_PERMISSIONS, type WorkspacePermission } from '../../../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS, type CustomRoleWire } from '../../../../src/contract/management/custom-roles.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { CheckField, TextField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { ROLES } from '../members/roles.ts'
import { RoleTemplates } from './role-templates.tsx'

const { listCustomRoles, createCustomRole, deleteCustomRole } = CUSTOM_ROLE_OPERATIONS
const PERMISSION_NAMES = Object.keys(WORKSPACE_PERMISSIONS) as WorkspacePermission[]

/** What the roles mean, those of the organization's own, and what comes with each. */
export function RolesTab() {
  const mayRead = useReach('custom-role:read') !== undefined
  const mayReadTemplates = useReach('role-template:read') !== undefined
  return (
    <>
      <Section title="The four roles" description="Everybody has one of them, or one of your own, in each workspace.">
        <dl className="divide-y divide-line border-y border-line">
          {ROLES.map(({ role, title, text }) => (
            <div key={role} className="grid gap-x-6 py-2.5 sm:grid-cols-[160px_1fr]">
              <dt className="font-medium">{title}</dt>
              <dd className="text-muted">{text}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {mayRead ? <CustomRoles /> : null}
      {mayReadTemplates ? <RoleTemplates /> : null}
    </>
  )
}

function CustomRoles() {
  const [isAdding, setAdding] = useState(false)
  const [deleted, setDeleted] = useState<CustomRoleWire>()
  const mayWrite = useReach('custom-role:write') !== undefined
  const roles = useOperation(listCustomRoles, { limit: 100 })
  const remove = useChange(deleteCustomRole, { refreshes: [listCustomRoles], onDone: () => setDeleted(undefined) })
  return (
    <Section
      title="Roles of your own"
      action={
        mayWrite ? (
          <Button data-operation={createCustomRole.id} onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            Add a role
          </Button>
        ) : undefined
      }
    >
      <Loaded query={roles} what="the roles" rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">The four roles have been enough so far.</p>
          ) : (
            <DataTable
              caption="Roles of your own"
              columns={columns(mayWrite ? setDeleted : undefined)}
              rows={data}
              keyOf={({ id }) => id}
            />
          )
        }
      </Loaded>
      <Dialog title="Add a role" isOpen={isAdding} onClose={() => setAdding(false)}>
        <RoleForm onClose={() => setAdding(false)} />
      </Dialog>
      <ConfirmDialog
        operation={deleteCustomRole}
        title="Delete the role"
        action="Delete the role"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ id: deleted.id })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>A role that somebody has can not be deleted.</p>
      </ConfirmDialog>
    </Section>
  )
}

function columns(onDelete: ((role: CustomRoleWire) => void) | undefined): readonly Column<CustomRoleWire>[] {
  return [
    {
      id: 'name',
      header: 'Role',
      cell: ({ name, description }) => (
        <span className="flex max-w-64 flex-col">
          <span className="font-medium break-words">{name}</span>
          <span className="text-sm break-words text-muted">{description}</span>
        </span>
      ),
    },
    {
      id: 'permissions',
      header: 'May',
      cell: ({ permissions }) => <span className="font-mono text-sm break-words">{permissions.join(', ')}</span>,
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (role) =>
        onDelete === undefined ? null : (
          <Button
            data-operation={deleteCustomRole.id}
            size="small"
            className="text-danger"
            onClick={() => onDelete(role)}
          >
            Delete
          </Button>
        ),
    },
  ]
}

function RoleForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [permissions, setPermissions] = useState<ReadonlySet<WorkspacePermission>>(new Set(['workspace:read']))
  const add = useChange(createCustomRole, { refreshes: [listCustomRoles], onDone: onClose })
  const toggle = (permission: WorkspacePermission) => {
    const next = new Set(permissions)
    if (!next.delete(permission)) next.add(permission)
    setPermissions(next)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate({
      name: name.trim(),
      description: description.trim() === '' ? null : description.trim(),
      permissions: [...permissions],
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <TextField
        label="What it is for"
        maxLength={500}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <fieldset className="grid gap-2 sm:grid-cols-2">
        <legend className="mb-1 text-sm font-medium">May, in the whole workspace</legend>
        {PERMISSION_NAMES.map((permission) => (
          <CheckField
            key={permission}
            label={permission}
            checked={permissions.has(permission)}
            onChange={() => toggle(permission)}
          />
        ))}
      </fieldset>
      <FailureNote error={add.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={createCustomRole.id}
          type="submit"
          look="primary"
          isBusy={add.isPending}
          disabled={permissions.size === 0}
        >
          Add the role
        </Button>
      </DialogActions>
    </form>
  )
}
