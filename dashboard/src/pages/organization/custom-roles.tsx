import { Plus } from 'lucide-react'
import { CUSTOM_ROLE_OPERATIONS, type CustomRoleWire } from '../../../../src/contract/management/custom-roles.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { MenuItem } from '../../components/menu.tsx'
import { Section } from '../../components/page.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { permissionWords } from './permission-words.ts'
import { RoleDialog } from './role-dialog.tsx'
import { RoleHolders } from './role-holders.tsx'

const { createCustomRole, deleteCustomRole, listCustomRoles, updateCustomRole } = CUSTOM_ROLE_OPERATIONS

/** Named subsets of what an Admin of a workspace may. */
export function CustomRoles() {
  const opened = useOpened<CustomRoleWire>()
  const mayWrite = useReach('custom-role:write') !== undefined
  const roles = useOperation(listCustomRoles, { limit: 100 })
  const { deleted } = opened
  return (
    <Section
      title="Roles of your own"
      action={
        mayWrite ? (
          <Button data-operation={createCustomRole.id} onClick={opened.add}>
            <Plus aria-hidden />
            Add a role
          </Button>
        ) : undefined
      }
    >
      <DataList
        query={roles}
        what="the roles"
        caption="Roles of your own"
        loadingRows={2}
        columns={columns(mayWrite ? opened : undefined)}
        keyOf={({ id }) => id}
        empty={
          <p className="border-y border-line py-8 text-center text-muted">The four roles have been enough so far.</p>
        }
      />
      <RoleDialog isOpen={opened.isForm} role={opened.edited} onClose={opened.close} />
      <DeleteDialog
        action="Delete the role"
        operation={deleteCustomRole}
        input={deleted && { id: deleted.id }}
        refreshes={[listCustomRoles]}
        onClose={opened.close}
      >
        {deleted === undefined ? null : <RoleHolders role={deleted} />}
      </DeleteDialog>
    </Section>
  )
}

function columns(
  actions: { edit: (role: CustomRoleWire) => void; remove: (role: CustomRoleWire) => void } | undefined,
): readonly Column<CustomRoleWire>[] {
  return [
    {
      id: 'name',
      header: 'Role',
      cell: ({ name, description }) => (
        <span className="flex max-w-64 min-w-28 flex-col">
          <span className="font-medium break-words">{name}</span>
          <span className="text-sm break-words text-muted">{description}</span>
        </span>
      ),
    },
    {
      id: 'permissions',
      header: 'May',
      cell: ({ permissions }) => (
        <span title={permissions.join(', ')}>{permissions.map(permissionWords).join(' · ')}</span>
      ),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (role) =>
        actions === undefined ? null : (
          <RowMenu name={role.name}>
            <MenuItem operation={updateCustomRole} onSelect={() => actions.edit(role)}>
              Change
            </MenuItem>
            <MenuItem operation={deleteCustomRole} isDanger onSelect={() => actions.remove(role)}>
              Delete
            </MenuItem>
          </RowMenu>
        ),
    },
  ]
}
