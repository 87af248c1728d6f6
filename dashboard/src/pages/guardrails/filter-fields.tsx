import { Plus, X } from 'lucide-react'
import {
  BUILTIN_SLUGS,
  FILTER_ACTIONS,
  type FilterAction,
  type ScanScope,
} from '../../../../src/contract/management/guardrail-fields.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { BUILTIN_TITLES, type GuardrailDraft, INJECTION, NEW_PATTERN, type PatternDraft } from './guardrail-draft.ts'
import type { PartProps } from './guardrail-fields.tsx'

const ACTION_CHOICES = FILTER_ACTIONS.map((value) => ({ value, label: value }))

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
        {draft.builtins[INJECTION] === undefined ? null : (
          <SelectField
            label="Prompt injection is looked for in"
            value={draft.injectionScope}
            onChange={(event) => set({ injectionScope: event.target.value as ScanScope })}
            choices={[
              { value: 'all_messages', label: 'all messages' },
              { value: 'user_only', label: 'what users write' },
            ]}
          />
        )}
      </div>
      <PatternFields draft={draft} set={set} />
      <SelectField
        label="A prompt that can't be looked through in time"
        field="on_filter_timeout"
        value={draft.onTimeout}
        onChange={(event) => set({ onTimeout: event.target.value as GuardrailDraft['onTimeout'] })}
        choices={[
          { value: 'block', label: 'is refused' },
          { value: 'allow', label: 'is sent on' },
        ]}
      />
    </fieldset>
  )
}

/** Regular expressions, each with what it does and what its finds are called. */
function PatternFields({ draft: { patterns }, set }: PartProps) {
  const change = (at: number, changes: Partial<PatternDraft>) =>
    set({ patterns: patterns.map((pattern, index) => (index === at ? { ...pattern, ...changes } : pattern)) })
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">Patterns of your own</legend>
      {patterns.map(({ pattern, action, label }, at) => (
        <div key={at} className="grid grid-cols-[1fr_auto] items-start gap-2 sm:grid-cols-[1fr_8rem_9rem_auto]">
          <TextField
            label={`Pattern ${at + 1}`}
            field={`content_filters.${at}.pattern`}
            placeholder="Regular expression"
            isLabelHidden
            isMono
            value={pattern}
            onChange={(event) => change(at, { pattern: event.target.value })}
          />
          <IconButton
            label={`Take pattern ${at + 1} away`}
            className="sm:order-last"
            onClick={() => set({ patterns: patterns.filter((_pattern, index) => index !== at) })}
          >
            <X />
          </IconButton>
          <SelectField
            label={`What pattern ${at + 1} does`}
            isLabelHidden
            value={action}
            onChange={(event) => change(at, { action: event.target.value as FilterAction })}
            choices={ACTION_CHOICES}
          />
          <TextField
            label={`Label of pattern ${at + 1}`}
            field={`content_filters.${at}.label`}
            placeholder="Label"
            isLabelHidden
            maxLength={100}
            value={label}
            onChange={(event) => change(at, { label: event.target.value })}
          />
        </div>
      ))}
      <div>
        <Button size="small" onClick={() => set({ patterns: [...patterns, NEW_PATTERN] })}>
          <Plus aria-hidden />
          Add a pattern
        </Button>
      </div>
    </fieldset>
  )
}
