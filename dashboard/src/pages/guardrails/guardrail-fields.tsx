import { DATA_REGIONS } from '../../../../src/contract/management/guardrail-fields.ts'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { DATA_SWITCHES, type GuardrailDraft, REGION_TITLES, ZDR_GROUPS } from './guardrail-draft.ts'

export interface PartProps {
  draft: GuardrailDraft
  set: (changes: Partial<GuardrailDraft>) => void
}

/** The default guardrail of a workspace is called what it is. */
export function NameFields({ draft, set, isNamed }: PartProps & { isNamed: boolean }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {isNamed ? (
        <TextField
          label="Name"
          field="name"
          required
          maxLength={200}
          autoFocus
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      ) : null}
      <TextField
        label="Description"
        field="description"
        maxLength={1000}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
    </div>
  )
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name]
}

/** Where requests may go. */
export function ReachFields({ draft, set }: PartProps) {
  const fields = [
    ['allowedModels', 'Only these models', 'allowed_models'],
    ['ignoredModels', 'Never these models', 'ignored_models'],
    ['allowedProviders', 'Only these providers', 'allowed_providers'],
    ['ignoredProviders', 'Never these providers', 'ignored_providers'],
  ] as const
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-semibold">Where requests may go</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map(([name, label, wireName]) => (
          <TextArea
            key={name}
            label={label}
            field={wireName}
            hint="One a line; nothing says nothing."
            rows={2}
            className="font-mono text-sm"
            value={draft[name]}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        ))}
      </div>
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
        <legend className="mb-1 text-sm font-medium">Zero data retention</legend>
        <p className="basis-full text-sm text-muted">
          Only endpoints that keep no prompts and train on none, for models of:
        </p>
        {ZDR_GROUPS.map(({ field, title }) => (
          <CheckField
            key={field}
            label={title}
            checked={draft.zdr.includes(field)}
            onChange={() => set({ zdr: toggled(draft.zdr, field) })}
          />
        ))}
      </fieldset>
    </fieldset>
  )
}

/** How providers may treat what is sent. */
export function DataFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-semibold">How data may be treated</legend>
      {DATA_SWITCHES.map(({ field, title }) => (
        <CheckField
          key={field}
          label={title}
          checked={draft.shut.includes(field)}
          onChange={() => set({ shut: toggled(draft.shut, field) })}
        />
      ))}
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
        <legend className="mb-1 text-sm font-medium">Processed only (none for no restriction)</legend>
        {DATA_REGIONS.map((region) => (
          <CheckField
            key={region}
            label={REGION_TITLES[region]}
            checked={draft.regions.includes(region)}
            onChange={() => set({ regions: toggled(draft.regions, region) })}
          />
        ))}
      </fieldset>
    </fieldset>
  )
}

export function LimitFields({ draft, set }: PartProps) {
  return (
    <fieldset>
      <legend className="mb-2 font-semibold">How much may be spent under it</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Limit"
          field="limit_usd"
          hint="Nothing for none."
          unit="$"
          type="number"
          min="0"
          step="any"
          value={draft.limit}
          onChange={(event) => set({ limit: event.target.value })}
        />
        <SelectField
          label="It starts anew"
          field="reset_interval"
          value={draft.reset}
          onChange={(event) => set({ reset: event.target.value as GuardrailDraft['reset'] })}
          choices={[
            { value: 'daily', label: 'each day' },
            { value: 'weekly', label: 'each week, on Monday' },
            { value: 'monthly', label: 'each month' },
            { value: '', label: 'never' },
          ]}
        />
      </div>
      <div className="mt-3">
        <CheckField
          label="Count what is paid with provider keys of your own"
          checked={draft.countsByok}
          onChange={(event) => set({ countsByok: event.target.checked })}
        />
      </div>
    </fieldset>
  )
}
