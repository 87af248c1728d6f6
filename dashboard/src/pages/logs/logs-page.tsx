import { Pause, Play, ScrollText } from 'lucide-react'
import { useEffect, useState } from 'react'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import { useReach } from '../../access/session.tsx'
import { RANGES, type RangeId } from '../../analytics/ranges.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataTable, Pager } from '../../components/data-table.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { LogDrawer } from './log-drawer.tsx'
import { LogFilters } from './log-filters.tsx'
import { LogSearch } from './log-search.ts'
import { logColumns } from './log-table.tsx'

const TAIL_MS = 3_000
const SIZE = 50

/** Each request of the workspace as it comes in, refused ones included. */
export function LogsPage() {
  const workspace = useWorkspace()
  const [search, change] = useFilters(LogSearch)
  const { since, cursor, request, ...filters } = search
  const reach = useReach('log:read', workspace.id)
  const isAtTop = useIsAtTop()
  const [isPaused, setPaused] = useState(false)
  const isLive = cursor === undefined && isAtTop && !isPaused && request === undefined
  const from = useSince(since)
  const logs = useOperation(
    LOG_OPERATIONS.listLogs,
    { workspace_id: workspace.id, ...filters, from, cursor, limit: SIZE },
    { keepsPrevious: true, ...(isLive ? { everyMs: TAIL_MS } : {}) },
  )
  return (
    <Page
      title="Logs"
      description={
        reach === 'own'
          ? 'Your requests in this workspace, newest first.'
          : 'Every request of this workspace, newest first. Refused ones say why.'
      }
      action={
        <Button onClick={() => setPaused(!isPaused)} aria-pressed={isPaused}>
          {isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
          {isPaused ? 'Go on' : isLive ? 'Live' : 'Paused'}
        </Button>
      }
    >
      <LogFilters search={search} onChange={change} />
      <Loaded query={logs} what="the requests">
        {({ data, next_cursor }) =>
          data.length === 0 && cursor === undefined ? (
            <EmptyState icon={ScrollText} title="No request">
              {Object.values({ ...filters, since }).some((value) => value !== undefined)
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
                summary=""
                onBack={cursor === undefined ? undefined : () => history.back()}
                onNext={next_cursor === null ? undefined : () => change({ cursor: next_cursor })}
              />
            </>
          )
        }
      </Loaded>
      <LogDrawer id={request} onClose={() => change({ request: undefined })} />
    </Page>
  )
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
