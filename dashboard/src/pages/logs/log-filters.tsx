import { X } from 'lucide-react'
import { useState } from 'react'
import { LOG_OUTCOMES } from '../../../../src/contract/management/logs.ts'
import { RANGES } from '../../analytics/ranges.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import type { LogSearch } from './log-search.ts'
import { OUTCOME_TITLES } from './outcome.ts'

const SINCE = ['1h', '24h', '7d', '30d'] as const
/** Filters that come by a link and have no control of their own. */
const LINKED = [
  ['api_key_hash', 'Key'],
  ['user_id', 'Member'],
  ['session_id', 'Session'],
] as const

export function LogFilters({
  search,
  onChange,
}: {
  search: LogSearch
  onChange: (change: Record<string, string | undefined>) => void
}) {
  const [model, setModel] = useState(search.model ?? '')
  const set = (change: Record<string, string | undefined>) => onChange({ ...change, cursor: undefined })
  return (
    <div className="mb-4 flex flex-wrap items-end gap-3">
      <div className="w-40">
        <SelectField
          label="Period"
          isLabelHidden
          value={search.since ?? ''}
          onChange={(event) => set({ since: event.target.value })}
          choices={[{ value: '', label: 'All time' }, ...SINCE.map((value) => ({ value, label: RANGES[value].label }))]}
        />
      </div>
      <div className="w-48">
        <SelectField
          label="Outcome"
          isLabelHidden
          value={search.outcome ?? ''}
          onChange={(event) => set({ outcome: event.target.value })}
          choices={[
            { value: '', label: 'Every outcome' },
            ...LOG_OUTCOMES.map((value) => ({ value, label: OUTCOME_TITLES[value] })),
          ]}
        />
      </div>
      <form
        className="w-56"
        onSubmit={(event) => {
          event.preventDefault()
          set({ model: model.trim() })
        }}
      >
        <TextField
          label="Model"
          isLabelHidden
          type="search"
          placeholder="Model, such as sim/echo"
          isMono
          value={model}
          onChange={(event) => setModel(event.target.value)}
        />
      </form>
      {LINKED.map(([name, label]) => {
        const value = search[name]
        return value === undefined ? null : (
          <Button key={name} size="small" onClick={() => set({ [name]: undefined })}>
            {label} <span className="max-w-28 truncate font-mono text-xs">{value}</span>
            <X aria-label="Take the filter away" />
          </Button>
        )
      })}
    </div>
  )
}
