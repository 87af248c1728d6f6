import { type FormEvent, useState } from 'react'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import { LOG_OUTCOMES } from '../../../../src/contract/management/logs.ts'
import { useReach } from '../../access/session.tsx'
import { RANGES } from '../../analytics/ranges.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, SelectField, TextField } from '../../components/field.tsx'
import { personName, usePeople, useWorkspaceMembers } from '../members/people.ts'
import { LOG_FILTERS, LOG_TEXTS, type LogSearch, type LogText } from './log-search.ts'
import { OUTCOME_TITLES } from './outcome.ts'

const SINCE = ['1h', '24h', '7d', '30d'] as const
/** Labels of what is typed, with an example. */
const TEXTS: Readonly<Record<LogText, readonly [label: string, example: string]>> = {
  model: ['Model', 'sim/echo'],
  provider: ['Provider', 'OpenAI'],
  app: ['App', 'its title'],
  session_id: ['Session', ''],
  external_user: ['User of the app', ''],
  status: ['Status', '429'],
  min_cost: ['Cost from ($)', '0.01'],
}
/** Of these a session as a whole has none. */
const OF_ONE_REQUEST = new Set<string>(['outcome', 'session_id', 'status', 'min_cost', 'false_positive'])

type Change = (change: Record<string, string | undefined>) => void

/** What of the log is shown; the address has it all. */
export function LogFilters({
  workspaceId,
  search,
  onChange,
}: {
  workspaceId: string
  search: LogSearch
  onChange: Change
}) {
  const seesOthers = useReach('log:read', workspaceId) === 'ws'
  const [texts, setTexts] = useState(() => textsOf(search))
  const set: Change = (change) => onChange({ ...change, cursor: undefined })
  const isShown = (name: string) => search.view === undefined || !OF_ONE_REQUEST.has(name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set(Object.fromEntries(LOG_TEXTS.map((name) => [name, texts[name].trim()])))
  }
  const clear = () => set(Object.fromEntries(LOG_FILTERS.map((name) => [name, undefined])))
  return (
    <form onSubmit={submit} className="mb-4 grid grid-cols-2 items-end gap-3 sm:grid-cols-3 lg:grid-cols-6">
      <SelectField
        label="Period"
        value={search.since ?? ''}
        onChange={(event) => set({ since: event.target.value })}
        choices={[{ value: '', label: 'All time' }, ...SINCE.map((value) => ({ value, label: RANGES[value].label }))]}
      />
      {isShown('outcome') ? (
        <SelectField
          label="Outcome"
          value={search.outcome ?? ''}
          onChange={(event) => set({ outcome: event.target.value })}
          choices={[
            { value: '', label: 'Every outcome' },
            ...LOG_OUTCOMES.map((value) => ({ value, label: OUTCOME_TITLES[value] })),
          ]}
        />
      ) : null}
      {isShown('false_positive') ? (
        <SelectField
          label="Found by filters"
          value={search.false_positive ?? ''}
          onChange={(event) => set({ false_positive: event.target.value })}
          choices={[
            { value: '', label: 'Any or none' },
            { value: 'true', label: 'False positives' },
          ]}
        />
      ) : null}
      <KeyFilter workspaceId={workspaceId} chosen={search.api_key_hash} onChange={set} />
      {seesOthers ? <MemberFilter workspaceId={workspaceId} chosen={search.user_id} onChange={set} /> : null}
      {LOG_TEXTS.filter(isShown).map((name) => (
        <TextField
          key={name}
          label={TEXTS[name][0]}
          placeholder={TEXTS[name][1]}
          type="search"
          isMono
          value={texts[name]}
          onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
        />
      ))}
      <div className="flex gap-2">
        <Button type="submit">Search</Button>
        {LOG_FILTERS.every((name) => search[name] === undefined) ? null : (
          <Button look="ghost" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
    </form>
  )
}

export function textsOf(search: LogSearch): Record<LogText, string> {
  return Object.fromEntries(LOG_TEXTS.map((name) => [name, String(search[name] ?? '')])) as Record<LogText, string>
}

interface ThingFilter {
  workspaceId: string
  chosen: string | undefined
  onChange: Change
}

function KeyFilter({ workspaceId, chosen, onChange }: ThingFilter) {
  const isOn = useReach('key:read', workspaceId) !== undefined
  const keys = useOperation(listKeys, { workspace_id: workspaceId, include_disabled: true }, { enabled: isOn })
  const choices = (keys.data?.data ?? []).map(({ hash, name }) => ({ value: hash, label: name }))
  if (!isOn && chosen === undefined) return null
  return (
    <SelectField
      label="Key"
      value={chosen ?? ''}
      onChange={(event) => onChange({ api_key_hash: event.target.value })}
      choices={[{ value: '', label: 'Every key' }, ...withChosen(choices, chosen)]}
    />
  )
}

function MemberFilter({ workspaceId, chosen, onChange }: ThingFilter) {
  const people = usePeople()
  const members = useWorkspaceMembers(workspaceId)
  const choices = (members.data ?? []).map(({ user_id }) => ({
    value: user_id,
    label: personName(people.data, user_id),
  }))
  return (
    <SelectField
      label="Member"
      value={chosen ?? ''}
      onChange={(event) => onChange({ user_id: event.target.value })}
      choices={[{ value: '', label: 'Every member' }, ...withChosen(choices, chosen)]}
    />
  )
}

/** A link may name what is gone, or isn't on the first page of them. */
function withChosen(choices: readonly Choice[], chosen: string | undefined): readonly Choice[] {
  if (chosen === undefined || choices.some(({ value }) => value === chosen)) return choices
  return [...choices, { value: chosen, label: `${chosen.slice(0, 12)}…` }]
}
