import { type FormEvent, useState } from 'react'
import {
  ORGANIZATION_POLICY_OPERATIONS,
  type OrganizationPolicyWire,
} from '../../../../src/contract/management/organization-policy.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'

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

/** What no workspace can widen. */
export function PolicyTab() {
  const policy = useOperation(getOrganizationPolicy, {})
  return (
    <Loaded query={policy} what="the policy">
      {({ data }) => <PolicyForm key={data.updated_at ?? ''} policy={data} />}
    </Loaded>
  )
}

function PolicyForm({ policy }: { policy: OrganizationPolicyWire }) {
  const mayWrite = useReach('organization:update') !== undefined
  const [lists, setLists] = useState(() => mapOf(LISTS, (name: ListName) => (policy[name] ?? []).join('\n')))
  const [switches, setSwitches] = useState(() => mapOf(SWITCHES, (name: SwitchName) => String(policy[name] ?? '')))
  const [numbers, setNumbers] = useState(() => mapOf(NUMBERS, (name: NumberName) => String(policy[name] ?? '')))
  const save = useChange(updateOrganizationPolicy, {
    refreshes: [getOrganizationPolicy],
    onDone: () => toast('Saved. It counts from the next request on.'),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({
      ...mapOf(LISTS, (name: ListName) => linesOrNull(lists[name])),
      ...mapOf(SWITCHES, (name: SwitchName) => (switches[name] === '' ? null : switches[name] === 'true')),
      ...mapOf(NUMBERS, (name: NumberName) => (numbers[name] === '' ? null : Number(numbers[name]))),
    })
  }
  return (
    <form onSubmit={submit}>
      <p className="mb-4 max-w-prose text-muted">
        The ceiling over all workspaces: guardrails can narrow it further, and nobody can widen it. One name a line,
        nothing for no limit.
      </p>
      <fieldset disabled={!mayWrite} className="flex flex-col gap-5">
        <div className="grid gap-4 sm:grid-cols-2">
          {namesOf(LISTS).map((name) => (
            <TextArea
              key={name}
              label={LISTS[name]}
              rows={3}
              className="font-mono text-sm"
              value={lists[name]}
              onChange={(event) => setLists({ ...lists, [name]: event.target.value })}
            />
          ))}
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          {namesOf(SWITCHES).map((name) => (
            <SelectField
              key={name}
              label={SWITCHES[name]}
              value={switches[name]}
              onChange={(event) => setSwitches({ ...switches, [name]: event.target.value })}
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
              type="number"
              min="1"
              value={numbers[name]}
              onChange={(event) => setNumbers({ ...numbers, [name]: event.target.value })}
            />
          ))}
        </div>
        <FailureNote error={save.error} />
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
    </form>
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

function linesOrNull(text: string): string[] | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.length === 0 ? null : lines
}
