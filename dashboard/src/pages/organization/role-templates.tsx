import { Plus } from 'lucide-react'
import { WORKSPACE_ROLES } from '../../../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS, type RoleTemplateWire } from '../../../../src/contract/management/custom-roles.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Money } from '../../components/figures.tsx'
import { MenuItem } from '../../components/menu.tsx'
import { Section } from '../../components/page.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { roleTitle } from '../members/roles.ts'
import { RoleTemplateDialog } from './role-template-dialog.tsx'

const { listCustomRoles, listRoleTemplates, upsertRoleTemplate, deleteRoleTemplate } = CUSTOM_ROLE_OPERATIONS

/** What comes with a role for whoever gets it from now on. */
export function RoleTemplates() {
  const opened = useOpened<RoleTemplateWire>()
  const mayWrite = useReach('role-template:write') !== undefined
  const templates = useOperation(listRoleTemplates, { limit: 100 })
  const roles = useOperation(listCustomRoles, { limit: 100 })
  const choices = [
    ...WORKSPACE_ROLES.map((role) => ({ value: role as string, label: roleTitle(role) })),
    ...(roles.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ]
  const nameOf = (role: string) => choices.find(({ value }) => value === role)?.label ?? role
  const taken = new Set(templates.data?.data.map(({ role }) => role))
  const { deleted } = opened
  return (
    <Section
      title="Role templates"
      description="Limits that come with a role for whoever gets it from now on. Who has it keeps what they have."
      action={
        mayWrite ? (
          <Button data-operation={upsertRoleTemplate.id} onClick={opened.add}>
            <Plus aria-hidden />
            Set a template
          </Button>
        ) : undefined
      }
    >
      <DataList
        query={templates}
        what="the role templates"
        caption="Role templates"
        loadingRows={2}
        columns={columns(nameOf, mayWrite ? opened : undefined)}
        keyOf={({ role }) => role}
        empty={<p className="border-y border-line py-8 text-center text-muted">Nothing comes with any role.</p>}
      />
      <RoleTemplateDialog
        isOpen={opened.isForm}
        template={opened.edited}
        roles={choices.filter(({ value }) => value === opened.edited?.role || !taken.has(value))}
        onClose={opened.close}
      />
      <DeleteDialog
        action="Delete the template"
        operation={deleteRoleTemplate}
        input={deleted && { role: deleted.role }}
        refreshes={[listRoleTemplates]}
        onClose={opened.close}
      >
        <p>Nothing comes with {nameOf(deleted?.role ?? '')} any more. Who has the role keeps what came with it.</p>
      </DeleteDialog>
    </Section>
  )
}

function columns(
  nameOf: (role: string) => string,
  actions: { edit: (row: RoleTemplateWire) => void; remove: (row: RoleTemplateWire) => void } | undefined,
): readonly Column<RoleTemplateWire>[] {
  return [
    {
      id: 'role',
      header: 'Role',
      cell: ({ role }) => <span className="font-medium break-words">{nameOf(role)}</span>,
    },
    { id: 'keys', header: 'Keys', from: 'sm', cell: ({ key_creation }) => (key_creation ? 'may make' : 'makes none') },
    {
      id: 'limit',
      header: 'Spending limit',
      cell: ({ spending_limit_usd, limit_reset }) =>
        spending_limit_usd === null ? (
          'none'
        ) : (
          <>
            <Money amount={spending_limit_usd} /> {limit_reset ?? 'in all'}
          </>
        ),
    },
    {
      id: 'rate',
      header: 'Requests a minute and key',
      from: 'md',
      cell: ({ key_rate_limit_rpm }) =>
        key_rate_limit_rpm === null ? 'by type of key' : `at most ${key_rate_limit_rpm}`,
    },
    {
      id: 'guardrail',
      header: 'Guardrail',
      from: 'md',
      cell: ({ guardrail_id }) => (guardrail_id === null ? 'none' : 'one'),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (template) =>
        actions === undefined ? null : (
          <RowMenu name={`the template of ${nameOf(template.role)}`}>
            <MenuItem operation={upsertRoleTemplate} onSelect={() => actions.edit(template)}>
              Change
            </MenuItem>
            <MenuItem operation={deleteRoleTemplate} isDanger onSelect={() => actions.remove(template)}>
              Delete
            </MenuItem>
          </RowMenu>
        ),
    },
  ]
}
