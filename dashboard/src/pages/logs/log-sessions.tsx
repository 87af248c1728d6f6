import { Layers } from 'lucide-react'
import { LOG_OPERATIONS, type LogSessionWire } from '../../../../src/contract/management/logs.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { useOperation } from '../../api/use-operation.ts'
import { type Column, DataTable, Pager } from '../../components/data-table.tsx'
import { Count, Money, When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState } from '../../components/states.tsx'

/** Requests that belong together, as one line each. */
export function LogSessions({
  filters,
  onOpen,
  onCursor,
}: {
  filters: RequestOf<typeof LOG_OPERATIONS.listLogSessions>
  onOpen: (sessionId: string) => void
  onCursor: (cursor: string) => void
}) {
  const sessions = useOperation(LOG_OPERATIONS.listLogSessions, filters, { keepsPrevious: true })
  return (
    <Loaded query={sessions} what="the sessions">
      {({ data, next_cursor }) =>
        data.length === 0 && filters.cursor === undefined ? (
          <EmptyState icon={Layers} title="No session">
            Requests that carry the same <code className="font-mono text-sm">session_id</code> are one session.
          </EmptyState>
        ) : (
          <>
            <DataTable
              caption="Sessions"
              columns={columns(onOpen)}
              rows={data}
              keyOf={({ session_id }) => session_id}
              onOpen={({ session_id }) => onOpen(session_id)}
              isDimmed={sessions.isPlaceholderData}
            />
            <Pager
              summary=""
              onBack={filters.cursor === undefined ? undefined : () => history.back()}
              onNext={next_cursor === null ? undefined : () => onCursor(next_cursor)}
            />
          </>
        )
      }
    </Loaded>
  )
}

function columns(open: (sessionId: string) => void): readonly Column<LogSessionWire>[] {
  return [
    {
      id: 'session',
      header: 'Session',
      cell: ({ session_id }) => (
        <button
          type="button"
          onClick={() => open(session_id)}
          title={session_id}
          className="block max-w-40 truncate text-left font-mono text-sm hover:text-accent-text sm:max-w-72"
        >
          {session_id}
        </button>
      ),
    },
    { id: 'requests', header: 'Requests', align: 'right', cell: ({ requests }) => <Count count={requests} /> },
    {
      id: 'failed',
      header: 'Failed',
      align: 'right',
      from: 'sm',
      cell: ({ failed_requests }) => <Count count={failed_requests} />,
    },
    {
      id: 'tokens',
      header: 'Tokens',
      align: 'right',
      from: 'md',
      cell: ({ tokens_prompt, tokens_completion }) => (
        <span className="whitespace-nowrap">
          <Count count={tokens_prompt} /> → <Count count={tokens_completion} />
        </span>
      ),
    },
    { id: 'cost', header: 'Cost', align: 'right', cell: ({ usage }) => <Money amount={usage} /> },
    {
      id: 'models',
      header: 'Models',
      from: 'lg',
      cell: ({ models }) => (
        <span className="block max-w-72 truncate font-mono text-sm" title={models.join(', ')}>
          {models.join(', ')}
        </span>
      ),
    },
    {
      id: 'last',
      header: 'Last request',
      align: 'right',
      from: 'sm',
      cell: ({ last_request_at }) => <When iso={last_request_at} />,
    },
  ]
}
