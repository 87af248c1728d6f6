import { type FormEvent, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { ACTOR_WORDS, type AuditSearch } from './audit-filter.ts'

const EMPTY = {
  actor: undefined,
  action: undefined,
  resource: undefined,
  resource_id: undefined,
  user: undefined,
  workspace: undefined,
  from: undefined,
  to: undefined,
}

/** What of the log is shown; the address has it all. */
export function AuditFilters({
  search,
  change,
}: {
  search: AuditSearch
  change: (changes: Readonly<Record<string, string | undefined>>) => void
}) {
  const workspaces = useWorkspaces()
  const [resourceId, setResourceId] = useState(search.resource_id ?? '')
  const [action, setAction] = useState(search.action ?? '')
  const narrow = (changes: Readonly<Record<string, string | undefined>>) => change({ ...changes, cursor: undefined })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    narrow({ resource_id: resourceId.trim(), action: action.trim() })
  }
  const isNarrowed = Object.keys(EMPTY).some((name) => search[name as keyof AuditSearch] !== undefined)
  return (
    <form onSubmit={submit} className="mb-4 grid grid-cols-2 items-end gap-3 sm:grid-cols-3 lg:grid-cols-6">
      <TextField
        label="Action"
        placeholder="createKeys"
        value={action}
        onChange={(event) => setAction(event.target.value)}
      />
      <TextField
        label="Id of the thing"
        value={resourceId}
        onChange={(event) => setResourceId(event.target.value)}
        isMono
      />
      <SelectField
        label="Who"
        value={search.actor ?? ''}
        onChange={(event) => narrow({ actor: event.target.value })}
        choices={[
          { value: '', label: 'Anybody' },
          ...Object.entries(ACTOR_WORDS).map(([value, label]) => ({ value, label })),
        ]}
      />
      <SelectField
        label="Workspace"
        value={search.workspace ?? ''}
        onChange={(event) => narrow({ workspace: event.target.value })}
        choices={[{ value: '', label: 'All' }, ...workspaces.map(({ id, name }) => ({ value: id, label: name }))]}
      />
      <TextField
        label="From (UTC)"
        type="date"
        value={search.from ?? ''}
        onChange={(event) => narrow({ from: event.target.value })}
      />
      <TextField
        label="To (UTC)"
        type="date"
        value={search.to ?? ''}
        onChange={(event) => narrow({ to: event.target.value })}
      />
      <div className="flex gap-2">
        <Button type="submit">Search</Button>
        {isNarrowed ? (
          <Button
            look="ghost"
            onClick={() => {
              setAction('')
              setResourceId('')
              narrow(EMPTY)
            }}
          >
            Clear
          </Button>
        ) : null}
      </div>
    </form>
  )
}
