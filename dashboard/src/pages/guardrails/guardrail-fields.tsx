import {
  BUILTIN_SLUGS,
  DATA_REGIONS,
  FILTER_ACTIONS,
  type FilterAction,
} from '../../../../src/contract/management/guardrail-fields.ts'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { BUILTIN_TITLES, DATA_SWITCHES, type GuardrailDraft, REGION_TITLES } from './guardrail-draft.ts'

interface PartProps {
  draft: GuardrailDraft
  set: (changes: Partial<GuardrailDraft>) => void
}

const ACTION_CHOICES = FILTER_ACTIONS.map((value) => ({ value, label: value }))

export function NameFields({ draft, set }: PartProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Name"
        required
        maxLength={200}
        autoFocus
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextField
        label="Description"
        maxLength={1000}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
    </div>
  )
}

/** Where requests may go. */
export function ReachFields({ draft, set }: PartProps) {
  const fields = [
    ['allowedModels', 'Only these models'],
    ['ignoredModels', 'Never these models'],
    ['allowedProviders', 'Only these providers'],
    ['ignoredProviders', 'Never these providers'],
  ] as const
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-semibold">Where requests may go</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map(([name, label]) => (
          <TextArea
            key={name}
            label={label}
            hint="One a line; nothing says nothing."
            rows={2}
            className="font-mono text-sm"
            value={draft[name]}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        ))}
      </div>
      <CheckField
        label="Zero data retention"
        hint="Only endpoints that keep no prompts and train on none."
        checked={draft.enforcesZdr}
        onChange={(event) => set({ enforcesZdr: event.target.checked })}
      />
    </fieldset>
  )
}

/** How providers may treat what is sent. */
export function DataFields({ draft, set }: PartProps) {
  const toggled = (names: readonly string[], name: string) =>
    names.includes(name) ? names.filter((other) => other !== name) : [...names, name]
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
    </fieldset>
  )
}

/** What may be in a prompt. */
export function FilterFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-semibold">What may be in a prompt</legend>
      <div className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        {BUILTIN_SLUGS.map((slug) => (
          <SelectField
            key={slug}
            label={BUILTIN_TITLES[slug]}
            value={draft.builtins[slug] ?? ''}
            onChange={(event) => {
              const { [slug]: _before, ...others } = draft.builtins
              const action = event.target.value
              set({ builtins: action === '' ? others : { ...others, [slug]: action as FilterAction } })
            }}
            choices={[{ value: '', label: 'let pass' }, ...ACTION_CHOICES]}
          />
        ))}
      </div>
      <div className="grid gap-4 sm:grid-cols-[1fr_10rem]">
        <TextArea
          label="Patterns of your own"
          hint="Regular expressions, one a line."
          rows={2}
          className="font-mono text-sm"
          value={draft.patterns}
          onChange={(event) => set({ patterns: event.target.value })}
        />
        <SelectField
          label="What they do"
          value={draft.patternAction}
          onChange={(event) => set({ patternAction: event.target.value as FilterAction })}
          choices={ACTION_CHOICES}
        />
      </div>
    </fieldset>
  )
}
