import { type FormEvent, useState } from 'react'
import { WORKSPACE_ROLES } from '../../../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS, type RoleTemplateWire } from '../../../../src/contract/management/custom-roles.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { CheckField, SelectField, TextField } from '../../components/field.tsx'
import { Money } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'

const { listCustomRoles, listRoleTemplates, upsertRoleTemplate, deleteRoleTemplate } = CUSTOM_ROLE_OPERATIONS
const RESETS = { '': 'never', daily: 'each day', weekly: 'each week', monthly: 'each month' } as const

/** What comes with a role for whoever gets it from now on. */
export function RoleTemplates() {
  const [isOpen, setOpen] = useState(false)
  const mayWrite = useReach('role-template:write') !== undefined
  const templates = useOperation(listRoleTemplates, { limit: 100 })
  const roles = useOperation(listCustomRoles, { limit: 100 })
  const remove = useChange(deleteRoleTemplate, { refreshes: [listRoleTemplates] })
  const choices = [
    ...WORKSPACE_ROLES.map((role) => ({ value: role as string, label: role.replace('_', ' ') })),
    ...(roles.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ]
  const nameOf = (role: string) => choices.find(({ value }) => value === role)?.label ?? role
  return (
    <Section
      title="Role templates"
      description="Limits that come with a role for whoever gets it from now on. Who has it keeps what they have."
      action={
        mayWrite ? (
          <Button data-operation={upsertRoleTemplate.id} onClick={() => setOpen(true)}>
            Set a template
          </Button>
        ) : undefined
      }
    >
      <FailureNote error={remove.error} />
      <Loaded query={templates} what="the role templates" rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">Nothing comes with any role.</p>
          ) : (
            <DataTable
              caption="Role templates"
              columns={columns(nameOf, mayWrite ? ({ role }) => remove.mutate({ role }) : undefined)}
              rows={data}
              keyOf={({ role }) => role}
            />
          )
        }
      </Loaded>
      <Dialog title="Set a role template" isOpen={isOpen} onClose={() => setOpen(false)}>
        <TemplateForm choices={choices} onClose={() => setOpen(false)} />
      </Dialog>
    </Section>
  )
}

function columns(
  nameOf: (role: string) => string,
  onDelete: ((template: RoleTemplateWire) => void) | undefined,
): readonly Column<RoleTemplateWire>[] {
  return [
    { id: 'role', header: 'Role', cell: ({ role }) => <span className="font-medium capitalize">{nameOf(role)}</span> },
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
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (template) =>
        onDelete === undefined ? null : (
          <Button data-operation={deleteRoleTemplate.id} size="small" onClick={() => onDelete(template)}>
            Remove
          </Button>
        ),
    },
  ]
}

function TemplateForm({
  choices,
  onClose,
}: {
  choices: readonly { value: string; label: string }[]
  onClose: () => void
}) {
  const [role, setRole] = useState(choices[1]?.value ?? '')
  const [makesKeys, setMakesKeys] = useState(true)
  const [limit, setLimit] = useState('')
  const [reset, setReset] = useState<keyof typeof RESETS>('monthly')
  const save = useChange(upsertRoleTemplate, { refreshes: [listRoleTemplates], onDone: onClose })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({
      role,
      key_creation: makesKeys,
      spending_limit_usd: limit === '' ? null : Number(limit),
      limit_reset: limit === '' || reset === '' ? null : reset,
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value)} choices={choices} />
      <CheckField label="May make keys" checked={makesKeys} onChange={(event) => setMakesKeys(event.target.checked)} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Spending limit"
          hint="Nothing for none."
          unit="$"
          type="number"
          min="0"
          step="any"
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
        <SelectField
          label="The limit starts anew"
          value={reset}
          onChange={(event) => setReset(event.target.value as keyof typeof RESETS)}
          choices={Object.entries(RESETS).map(([value, label]) => ({ value, label }))}
        />
      </div>
      <FailureNote error={save.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button data-operation={upsertRoleTemplate.id} type="submit" look="primary" isBusy={save.isPending}>
          Set the template
        </Button>
      </DialogActions>
    </form>
  )
}
