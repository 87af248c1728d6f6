import { Pause, Play, ScrollText } from 'lucide-react'
import { useEffect, useState } from 'react'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import type { ResponseOf } from '../../../../src/contract/operation.ts'
import { useReach } from '../../access/session.tsx'
import { RANGES, type RangeId } from '../../analytics/ranges.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataTable, Pager } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { LogDrawer } from './log-drawer.tsx'
import { LogFilters, textsOf } from './log-filters.tsx'
import { LOG_FILTERS, LogSearch } from './log-search.ts'
import { LogSessions } from './log-sessions.tsx'
import { logColumns } from './log-table.tsx'

const TAIL_MS = 3_000
const SIZE = 50
const WITHOUT_SESSION = {
  session_id: undefined,
  outcome: undefined,
  status: undefined,
  min_cost: undefined,
  false_positive: undefined,
}

/** Each request of the workspace as it comes in, refused ones included; or each session. */
export function LogsPage() {
  const workspace = useWorkspace()
  const [search, change] = useFilters(LogSearch)
  const reach = useReach('log:read', workspace.id)
  const from = useSince(search.since)
  const { api_key_hash, user_id, model, provider, app, external_user, cursor } = search
  return (
    <Page
      title="Logs"
      description={
        reach === 'own'
          ? 'Your requests in this workspace, newest first.'
          : 'Every request of this workspace, newest first. Refused ones say why.'
      }
    >
      <div className="mb-4">
        <SelectField
          label="Shown as"
          isLabelHidden
          className="w-40"
          value={search.view ?? ''}
          onChange={(event) => change({ ...WITHOUT_SESSION, view: event.target.value, cursor: undefined })}
          choices={[
            { value: '', label: 'Single requests' },
            { value: 'sessions', label: 'Sessions' },
          ]}
        />
      </div>
      <LogFilters
        key={JSON.stringify([workspace.id, search.view, textsOf(search)])}
        workspaceId={workspace.id}
        search={search}
        onChange={change}
      />
      {search.view === 'sessions' ? (
        <LogSessions
          filters={{
            workspace_id: workspace.id,
            ...{ api_key_hash, user_id, model, provider, app, external_user, from, cursor, limit: SIZE },
          }}
          onOpen={(session_id) => change({ session_id, view: undefined, cursor: undefined })}
          onCursor={(next) => change({ cursor: next })}
        />
      ) : (
        <LogRequests workspaceId={workspace.id} search={search} from={from} change={change} />
      )}
      <LogDrawer id={search.request} onClose={() => change({ request: undefined })} />
    </Page>
  )
}

interface LogRequestsProps {
  workspaceId: string
  search: LogSearch
  from: string | undefined
  change: (changes: Record<string, string | undefined>) => void
}

function LogRequests({ workspaceId, search, from, change }: LogRequestsProps) {
  const { since: _, view: __, cursor, request, ...filters } = search
  const isAtTop = useIsAtTop()
  const [isPaused, setPaused] = useState(false)
  const isLive = cursor === undefined && isAtTop && !isPaused && request === undefined
  const logs = useOperation(
    LOG_OPERATIONS.listLogs,
    { workspace_id: workspaceId, ...filters, from, cursor, limit: SIZE },
    { keepsPrevious: true, ...(isLive ? { everyMs: TAIL_MS } : {}) },
  )
  return (
    <>
      <div className="mb-2 flex justify-end print:hidden">
        <Button size="small" onClick={() => setPaused(!isPaused)} aria-pressed={isPaused}>
          {isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
          {isPaused ? 'Go on' : isLive ? 'Live' : 'Paused'}
        </Button>
      </div>
      <Loaded query={logs} what="the requests">
        {({ data, next_cursor }) =>
          data.length === 0 && cursor === undefined && next_cursor === null ? (
            <EmptyState icon={ScrollText} title="No request">
              {LOG_FILTERS.some((name) => search[name] !== undefined)
                ? 'Nothing matches these filters.'
                : 'Requests show up here the moment they end. Generate a key and send one.'}
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption="Requests"
                columns={logColumns((id) => change({ request: id }))}
                rows={data}
                keyOf={({ id }) => id}
                onOpen={({ id }) => change({ request: id })}
                isSelected={({ id }) => id === request}
              />
              <Pager
                summary={summaryOf({ data, next_cursor })}
                onBack={cursor === undefined ? undefined : () => history.back()}
                onNext={next_cursor === null ? undefined : () => change({ cursor: next_cursor })}
              />
            </>
          )
        }
      </Loaded>
    </>
  )
}

/** A page that isn't full ends where the server stopped looking. */
function summaryOf({ data, next_cursor }: ResponseOf<typeof LOG_OPERATIONS.listLogs>): string {
  return data.length < SIZE && next_cursor !== null ? 'Next looks further back.' : ''
}

/** A tail that moved under somebody who reads would lose their place. */
function useIsAtTop(): boolean {
  const [isAtTop, setAtTop] = useState(true)
  useEffect(() => {
    const look = () => setAtTop(scrollY < 80)
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [])
  return isAtTop
}

/** Fixed once, so that the pages of one look at the log belong together. */
function useSince(since: RangeId | undefined): string | undefined {
  const [openedAt] = useState(() => Date.now())
  return since === undefined ? undefined : new Date(openedAt - RANGES[since].ms).toISOString()
}
