import { BellRing } from 'lucide-react'
import { useState } from 'react'
import { ALERT_OPERATIONS, type AlertWire } from '../../../../src/contract/management/alerts.ts'
import { reachOf } from '../../access/access.ts'
import { useSession } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { CheckField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { usePlaceName } from '../../frame/use-places.ts'
import { KIND_WORDS } from './alert-words.ts'

const SIZE = 25

/** What was told, newest first. */
export function AlertsTab() {
  const { access } = useSession()
  const [offset, setOffset] = useState(0)
  const [showsAll, setShowsAll] = useState(false)
  const placeName = usePlaceName()
  const alerts = useOperation(
    ALERT_OPERATIONS.listAlerts,
    { offset, limit: SIZE, ...(showsAll ? {} : { acknowledged: false }) },
    { keepsPrevious: true, everyMs: 30_000 },
  )
  const acknowledge = useChange(ALERT_OPERATIONS.acknowledgeAlert, { refreshes: [ALERT_OPERATIONS.listAlerts] })
  const mayAcknowledge = ({ workspace_id }: AlertWire) =>
    reachOf(access, 'alert:write', workspace_id ?? undefined) !== undefined
  return (
    <div className="flex flex-col gap-3">
      <CheckField
        label="Also those that somebody has seen to"
        checked={showsAll}
        onChange={(event) => {
          setShowsAll(event.target.checked)
          setOffset(0)
        }}
      />
      <FailureNote error={acknowledge.error} />
      <Loaded query={alerts} what="the alerts">
        {({ data, total_count }) =>
          data.length === 0 ? (
            <EmptyState icon={BellRing} title="Nothing to see to">
              Alerts appear here when something that a rule watches has happened.
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption="Alerts"
                columns={columns(placeName, mayAcknowledge, ({ id }) => acknowledge.mutate({ id }))}
                rows={data}
                keyOf={({ id }) => id}
                isDimmed={alerts.isPlaceholderData}
              />
              <OffsetPager offset={offset} size={SIZE} total={total_count} onOffset={setOffset} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  mayAcknowledge: (alert: AlertWire) => boolean,
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
        ) : mayAcknowledge(alert) ? (
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
