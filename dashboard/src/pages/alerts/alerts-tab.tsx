import { BellRing } from 'lucide-react'
import { z } from 'zod'
import { ALERT_KINDS } from '../../../../src/contract/management/alert-conditions.ts'
import { ALERT_OPERATIONS, type AlertWire } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { CheckField, SelectField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { KIND_WORDS } from './alert-words.ts'
import { useAlertRights } from './use-alert-rights.ts'

const SIZE = 25
const Search = z.object({
  kind: z.enum(ALERT_KINDS).optional().catch(undefined),
  where: z.string().optional(),
  all: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

/** What was told, newest first. */
export function AlertsTab() {
  const [{ kind, where, all, offset = 0 }, change] = useFilters(Search)
  const placeName = usePlaceName()
  const { mayChange } = useAlertRights()
  const alerts = useOperation(
    ALERT_OPERATIONS.listAlerts,
    { offset, limit: SIZE, kind, workspace_id: where, ...(all === undefined ? { acknowledged: false } : {}) },
    { keepsPrevious: true, everyMs: 30_000 },
  )
  const acknowledge = useChange(ALERT_OPERATIONS.acknowledgeAlert, { refreshes: [ALERT_OPERATIONS.listAlerts] })
  const isFiltered = kind !== undefined || where !== undefined
  return (
    <div className="flex flex-col gap-3">
      <Filters />
      <FailureNote error={acknowledge.error} />
      <DataList
        query={alerts}
        what="the alerts"
        caption="Alerts"
        columns={columns(placeName, mayChange, ({ id }) => acknowledge.mutate({ id }))}
        keyOf={({ id }) => id}
        folds
        page={pageOf(offset, SIZE, change)}
        empty={
          <EmptyState icon={BellRing} title={isFiltered ? 'Nothing of that kind' : 'Nothing to see to'}>
            {all === undefined
              ? 'Alerts appear here when something that a rule watches has happened. Those that somebody has seen to are kept.'
              : 'Alerts appear here when something that a rule watches has happened.'}
          </EmptyState>
        }
      />
    </div>
  )
}

function Filters() {
  const [{ kind, where, all }, change] = useFilters(Search)
  const places = usePlaces('alert:read').filter(({ value }) => value !== '')
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
      <div className="w-full sm:w-72">
        <SelectField
          label="What"
          value={kind ?? ''}
          onChange={(event) => change({ kind: event.target.value, offset: undefined })}
          choices={[
            { value: '', label: 'Everything' },
            ...ALERT_KINDS.map((value) => ({ value, label: KIND_WORDS[value] })),
          ]}
        />
      </div>
      <div className="w-full sm:w-56">
        <SelectField
          label="Where"
          value={where ?? ''}
          onChange={(event) => change({ where: event.target.value, offset: undefined })}
          choices={[{ value: '', label: 'Everywhere' }, ...places]}
        />
      </div>
      <div className="sm:pb-1.5">
        <CheckField
          label="Also those that somebody has seen to"
          checked={all !== undefined}
          onChange={(event) => change({ all: event.target.checked ? 'yes' : undefined, offset: undefined })}
        />
      </div>
    </div>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  mayChange: (alert: AlertWire) => boolean,
  onAcknowledge: (alert: AlertWire) => void,
): readonly Column<AlertWire>[] {
  return [
    { id: 'when', header: 'When', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'what',
      header: 'What',
      cell: ({ kind, message, resolved_at }) => (
        <span className="flex max-w-xl min-w-40 flex-col items-start">
          <span className="font-medium">{KIND_WORDS[kind]}</span>
          <span className="break-words text-muted">{message}</span>
          {resolved_at === null ? null : <Badge tone="good">No longer so</Badge>}
        </span>
      ),
    },
    { id: 'where', header: 'Where', from: 'md', cell: ({ workspace_id }) => placeName(workspace_id) },
    {
      id: 'action',
      header: 'Seen to',
      align: 'right',
      cell: (alert) =>
        alert.acknowledged_at !== null ? (
          <When iso={alert.acknowledged_at} />
        ) : mayChange(alert) ? (
          <Button
            data-operation={ALERT_OPERATIONS.acknowledgeAlert.id}
            size="small"
            onClick={() => onAcknowledge(alert)}
          >
            Acknowledge
          </Button>
        ) : (
          '–'
        ),
    },
  ]
}
