import { useState } from 'react'
import {
  ORGANIZATION_POLICY_OPERATIONS,
  type OrganizationPolicyWire,
} from '../../../../src/contract/management/organization-policy.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Form } from '../../components/form.tsx'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { toast } from '../../components/toast.tsx'
import { linesOf } from '../../format/lines.ts'
import { Phrases } from './phrases.tsx'

const { getOrganizationPolicy, updateOrganizationPolicy } = ORGANIZATION_POLICY_OPERATIONS

const LISTS = {
  allowed_models: 'Only these models',
  ignored_models: 'Never these models',
  allowed_providers: 'Only these providers',
  ignored_providers: 'Never these providers',
  allowed_ips: 'Only from these networks (CIDR)',
} as const
type ListName = keyof typeof LISTS

const SWITCHES = {
  enforce_zdr_anthropic: 'Zero data retention at Anthropic',
  enforce_zdr_openai: 'Zero data retention at OpenAI',
  enforce_zdr_google: 'Zero data retention at Google',
  enforce_zdr_xai: 'Zero data retention at xAI',
  enforce_zdr_other: 'Zero data retention at others',
  enable_paid_model_training: 'Paid models may train on prompts',
  enable_free_model_training: 'Free models may train on prompts',
  enable_free_model_publication: 'Free models may publish prompts',
} as const
type SwitchName = keyof typeof SWITCHES

const NUMBERS = {
  free_models_rpm: 'Requests a minute to free models',
  free_models_rpd: 'Requests a day to free models',
  free_models_rpd_purchased: 'The same once $10 of credits were bought',
} as const
type NumberName = keyof typeof NUMBERS

const RATES = {
  standard: 'Standard keys',
  scoped: 'Scoped keys',
  team: 'Team keys, for each member',
  read_only: 'Read-only keys',
  ephemeral: 'Ephemeral keys',
} as const
type RateName = keyof typeof RATES

/** What no workspace can widen, and what the prompt-injection detector lets pass. */
export function PolicyTab() {
  const policy = useOperation(getOrganizationPolicy, {})
  const maySeePhrases = useReach('organization:update') !== undefined
  return (
    <div className="flex flex-col gap-10">
      <Loaded query={policy} what="the policy">
        {({ data }) => <PolicyForm key={data.updated_at ?? ''} policy={data} />}
      </Loaded>
      {maySeePhrases ? <Phrases /> : null}
    </div>
  )
}

function draftOf(policy: OrganizationPolicyWire) {
  return {
    lists: mapOf(LISTS, (name: ListName) => (policy[name] ?? []).join('\n')),
    switches: mapOf(SWITCHES, (name: SwitchName) => String(policy[name] ?? '')),
    numbers: mapOf(NUMBERS, (name: NumberName) => String(policy[name] ?? '')),
    rates: mapOf(RATES, (name: RateName) => String(policy.rate_limits?.[name] ?? '')),
  }
}
type PolicyDraft = ReturnType<typeof draftOf>

function requestOf({ lists, switches, numbers, rates }: PolicyDraft): RequestOf<typeof updateOrganizationPolicy> {
  const saidRates = Object.entries(rates).filter(([, rate]) => rate !== '')
  return {
    ...mapOf(LISTS, (name: ListName) => (linesOf(lists[name]).length === 0 ? null : linesOf(lists[name]))),
    ...mapOf(SWITCHES, (name: SwitchName) => (switches[name] === '' ? null : switches[name] === 'true')),
    ...mapOf(NUMBERS, (name: NumberName) => (numbers[name] === '' ? null : Number(numbers[name]))),
    rate_limits:
      saidRates.length === 0 ? null : Object.fromEntries(saidRates.map(([name, rate]) => [name, Number(rate)])),
  }
}

function PolicyForm({ policy }: { policy: OrganizationPolicyWire }) {
  const mayWrite = useReach('organization:update') !== undefined
  const [draft, setDraft] = useState(() => draftOf(policy))
  const [saved, setSaved] = useState(draft)
  const save = useChange(updateOrganizationPolicy, {
    refreshes: [getOrganizationPolicy],
    onDone: () => {
      setSaved(draft)
      toast('Saved. It counts from the next request on.')
    },
  })
  const set = (changes: Partial<PolicyDraft>) => setDraft({ ...draft, ...changes })
  return (
    <Form error={save.error} onSubmit={() => save.mutate(requestOf(draft))}>
      <LeaveGuard isUnsaved={JSON.stringify(draft) !== JSON.stringify(saved)} />
      <p className="max-w-prose text-muted">
        The ceiling over all workspaces: guardrails can narrow it further, and nobody can widen it. One name a line,
        nothing for no limit.
      </p>
      <fieldset disabled={!mayWrite} className="flex flex-col gap-5">
        <div className="grid gap-4 sm:grid-cols-2">
          {namesOf(LISTS).map((name) => (
            <TextArea
              key={name}
              label={LISTS[name]}
              field={name}
              rows={3}
              className="font-mono text-sm"
              value={draft.lists[name]}
              onChange={(event) => set({ lists: { ...draft.lists, [name]: event.target.value } })}
            />
          ))}
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          {namesOf(SWITCHES).map((name) => (
            <SelectField
              key={name}
              label={SWITCHES[name]}
              field={name}
              value={draft.switches[name]}
              onChange={(event) => set({ switches: { ...draft.switches, [name]: event.target.value } })}
              choices={[
                { value: '', label: 'Nothing said' },
                { value: 'true', label: 'Yes' },
                { value: 'false', label: 'No' },
              ]}
            />
          ))}
          {namesOf(NUMBERS).map((name) => (
            <TextField
              key={name}
              label={NUMBERS[name]}
              field={name}
              type="number"
              min="1"
              value={draft.numbers[name]}
              onChange={(event) => set({ numbers: { ...draft.numbers, [name]: event.target.value } })}
            />
          ))}
        </div>
        <RateFields rates={draft.rates} onChange={(rates) => set({ rates })} />
        {mayWrite ? (
          <div>
            <Button data-operation={updateOrganizationPolicy.id} type="submit" look="primary" isBusy={save.isPending}>
              Save the policy
            </Button>
          </div>
        ) : (
          <p className="text-muted">An administrator of the organization can change this.</p>
        )}
      </fieldset>
    </Form>
  )
}

function RateFields({
  rates,
  onChange,
}: {
  rates: PolicyDraft['rates']
  onChange: (rates: PolicyDraft['rates']) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Requests a minute of each key</legend>
      <p className="mb-3 text-sm text-muted">
        Where a workspace and the key itself say nothing. Nothing for the defaults, 0 for no limit.
      </p>
      <div className="grid gap-4 sm:grid-cols-3">
        {namesOf(RATES).map((name) => (
          <TextField
            key={name}
            label={RATES[name]}
            field={`rate_limits.${name}`}
            type="number"
            min="0"
            max="1000000"
            value={rates[name]}
            onChange={(event) => onChange({ ...rates, [name]: event.target.value })}
          />
        ))}
      </div>
    </fieldset>
  )
}

function namesOf<Name extends string>(words: Readonly<Record<Name, string>>): Name[] {
  return Object.keys(words) as Name[]
}

function mapOf<Name extends string, Value>(
  words: Readonly<Record<Name, string>>,
  compute: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(namesOf(words).map((name) => [name, compute(name)])) as Record<Name, Value>
}
