import { createKeys } from '../../../../src/contract/management/keys.ts'
import { PROJECT_OPERATIONS } from '../../../../src/contract/management/projects.ts'
import { useSession } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import type { KeyDraft } from './key-draft.ts'
import { KEY_CHOICES, type KeyChoice } from './key-types.ts'

interface KeyFormProps {
  draft: KeyDraft
  onChange: (draft: KeyDraft) => void
  error: Error | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: () => void
}

export function KeyForm({ draft, onChange, error, isBusy, onCancel, onSubmit }: KeyFormProps) {
  const set = (changes: Partial<KeyDraft>) => onChange({ ...draft, ...changes })
  return (
    <Form
      error={error}
      onSubmit={onSubmit}
      actions={<SaveActions action="Generate key" operation={createKeys} isBusy={isBusy} onCancel={onCancel} />}
    >
      <TextField
        label="Name"
        field="name"
        hint="Where it is used, such as “Shop backend”."
        required
        maxLength={200}
        autoFocus
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TypeChoice choice={draft.choice} onChoose={(choice) => set({ choice })} />
      {draft.choice === 'scoped' ? (
        <TextArea
          label="Models it may call"
          field="allowed_models"
          hint="One a line; * stands for any text, such as anthropic/* or *:free."
          required
          rows={3}
          className="font-mono text-sm"
          value={draft.models}
          onChange={(event) => set({ models: event.target.value })}
        />
      ) : null}
      <LimitFields draft={draft} set={set} />
      <MoreFields draft={draft} set={set} />
    </Form>
  )
}

/** Full access is for whoever has it. */
function TypeChoice({ choice, onChoose }: { choice: KeyChoice; onChoose: (choice: KeyChoice) => void }) {
  const isAdmin = useSession().access.organization.has('workspace:create')
  const { kind } = useSession()
  const offered = KEY_CHOICES.filter(({ id }) => (id !== 'full' || isAdmin) && (id !== 'team' || kind === 'member'))
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Type</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {offered.map(({ id, title, text }) => (
          <label
            key={id}
            className="flex cursor-pointer gap-2 rounded-md border border-line-strong px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              name="type"
              className="mt-0.5 accent-accent"
              checked={choice === id}
              onChange={() => onChoose(id)}
            />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="block text-sm text-muted">{text}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface PartProps {
  draft: KeyDraft
  set: (changes: Partial<KeyDraft>) => void
}

function LimitFields({ draft, set }: PartProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Spending limit"
        field="limit"
        hint="Nothing for no limit of its own."
        unit="$"
        type="number"
        min="0"
        step="any"
        inputMode="decimal"
        value={draft.limit}
        onChange={(event) => set({ limit: event.target.value })}
      />
      <SelectField
        label="The limit starts anew"
        field="limit_reset"
        value={draft.reset}
        onChange={(event) => set({ reset: event.target.value as KeyDraft['reset'] })}
        choices={[
          { value: 'daily', label: 'each day' },
          { value: 'weekly', label: 'each week, on Monday' },
          { value: 'monthly', label: 'each month' },
          { value: '', label: 'never' },
        ]}
      />
    </div>
  )
}

function MoreFields({ draft, set }: PartProps) {
  const workspace = useWorkspace()
  const projects = useOperation(PROJECT_OPERATIONS.listProjects, { id: workspace.id, limit: 100 })
  const named = projects.data?.data ?? []
  return (
    <details>
      <summary className="text-muted hover:text-ink">Expiry, addresses, project</summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">
        <TextField
          label="Ends after"
          field="ttl_seconds"
          hint={draft.choice === 'ephemeral' ? 'Hours; 24 if you say nothing.' : 'Hours; nothing for never.'}
          type="number"
          min="0"
          max="8760"
          step="any"
          value={draft.hours}
          onChange={(event) => set({ hours: event.target.value })}
        />
        {named.length === 0 ? null : (
          <SelectField
            label="Project"
            field="project_id"
            value={draft.projectId}
            onChange={(event) => set({ projectId: event.target.value })}
            choices={[{ value: '', label: 'none' }, ...named.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
        <TextArea
          label="Addresses it may be used from"
          field="allowed_ips"
          hint="Networks in CIDR notation, one a line; nothing for all."
          rows={3}
          className="font-mono text-sm"
          value={draft.ips}
          onChange={(event) => set({ ips: event.target.value })}
        />
      </div>
    </details>
  )
}
