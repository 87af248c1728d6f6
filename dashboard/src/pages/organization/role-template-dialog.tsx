import { useState } from 'react'
import { CUSTOM_ROLE_OPERATIONS, type RoleTemplateWire } from '../../../../src/contract/management/custom-roles.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField, type Choice, SelectField, TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { useAllGuardrails } from './use-all-guardrails.ts'

const { listRoleTemplates, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS
const RESETS = { '': 'never', daily: 'each day', weekly: 'each week', monthly: 'each month' } as const

interface RoleTemplateDialogProps {
  /** The one that is changed; a new one without. */
  template: RoleTemplateWire | undefined
  /** Roles that it can be for. */
  roles: readonly Choice[]
  isOpen: boolean
  onClose: () => void
}

/** What somebody gets together with a role. */
export function RoleTemplateDialog({ isOpen, template, roles, onClose }: RoleTemplateDialogProps) {
  return (
    <Dialog
      title={template === undefined ? 'Set a role template' : 'Change the role template'}
      description="It counts for whoever gets the role from now on."
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      {roles.length === 0 ? (
        <p className="text-muted">Each role has its template; change one of them.</p>
      ) : (
        <TemplateForm template={template} roles={roles} onClose={onClose} />
      )}
    </Dialog>
  )
}

interface Draft {
  role: string
  makesKeys: boolean
  limit: string
  reset: keyof typeof RESETS
  rate: string
  guardrailId: string
}

function draftOf(template: RoleTemplateWire | undefined, roles: readonly Choice[]): Draft {
  const usual = roles.find(({ value }) => value === 'developer') ?? roles[0]
  return {
    role: template?.role ?? usual?.value ?? '',
    makesKeys: template?.key_creation ?? true,
    limit: String(template?.spending_limit_usd ?? ''),
    reset: template === undefined ? 'monthly' : (template.limit_reset ?? ''),
    rate: String(template?.key_rate_limit_rpm ?? ''),
    guardrailId: template?.guardrail_id ?? '',
  }
}

function TemplateForm({ template, roles, onClose }: Omit<RoleTemplateDialogProps, 'isOpen'>) {
  const [draft, setDraft] = useState(() => draftOf(template, roles))
  const set = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes })
  const save = useChange(upsertRoleTemplate, { refreshes: [listRoleTemplates], onDone: onClose })
  const { role, makesKeys, limit, reset, rate, guardrailId } = draft
  const submit = () =>
    save.mutate({
      role,
      key_creation: makesKeys,
      spending_limit_usd: limit === '' ? null : Number(limit),
      limit_reset: limit === '' || reset === '' ? null : reset,
      key_rate_limit_rpm: rate === '' ? null : Number(rate),
      guardrail_id: guardrailId === '' ? null : guardrailId,
    })
  return (
    <Form
      error={save.error}
      onSubmit={submit}
      actions={
        <SaveActions
          operation={upsertRoleTemplate}
          action="Set the template"
          isBusy={save.isPending}
          onCancel={onClose}
        />
      }
    >
      <SelectField
        label="Role"
        field="role"
        disabled={template !== undefined}
        value={role}
        onChange={(event) => set({ role: event.target.value })}
        choices={roles}
      />
      <CheckField
        label="May make keys"
        checked={makesKeys}
        onChange={(event) => set({ makesKeys: event.target.checked })}
      />
      <TermFields draft={draft} set={set} />
    </Form>
  )
}

function TermFields({ draft, set }: { draft: Draft; set: (changes: Partial<Draft>) => void }) {
  const guardrails = useAllGuardrails()
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Spending limit"
        field="spending_limit_usd"
        hint="Nothing for none."
        unit="$"
        type="number"
        min="0"
        step="any"
        value={draft.limit}
        onChange={(event) => set({ limit: event.target.value })}
      />
      <SelectField
        label="The limit starts anew"
        field="limit_reset"
        value={draft.reset}
        onChange={(event) => set({ reset: event.target.value as Draft['reset'] })}
        choices={Object.entries(RESETS).map(([value, label]) => ({ value, label }))}
      />
      <TextField
        label="Requests a minute of each key"
        field="key_rate_limit_rpm"
        hint="The most that their keys can be given. Nothing for the limits of the types."
        type="number"
        min="0"
        max="1000000"
        value={draft.rate}
        onChange={(event) => set({ rate: event.target.value })}
      />
      <SelectField
        label="Guardrail"
        field="guardrail_id"
        hint="Applied to them wherever they work."
        value={draft.guardrailId}
        onChange={(event) => set({ guardrailId: event.target.value })}
        choices={[
          { value: '', label: 'none' },
          ...(guardrails.data ?? []).map(({ id, title }) => ({ value: id, label: title })),
        ]}
      />
    </div>
  )
}
