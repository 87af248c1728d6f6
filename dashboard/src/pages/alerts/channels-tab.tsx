import { Plus, Send } from 'lucide-react'
import { useState } from 'react'
import { ALERT_CHANNEL_OPERATIONS, type AlertChannelWire } from '../../../../src/contract/management/alert-channels.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { ChannelDialog } from './channel-dialog.tsx'

const { listAlertChannels, deleteAlertChannel, testAlertChannel } = ALERT_CHANNEL_OPERATIONS

/** Where alerts are sent. */
export function ChannelsTab() {
  const [isAdding, setAdding] = useState(false)
  const [deleted, setDeleted] = useState<AlertChannelWire>()
  const places = usePlaces('alert:write')
  const placeName = usePlaceName()
  const channels = useOperation(listAlertChannels, { limit: 100 }, { everyMs: 15_000 })
  const test = useChange(testAlertChannel, {
    refreshes: [listAlertChannels],
    onDone: () => toast('A test is on its way; the channel tells here how it went.'),
  })
  const remove = useChange(deleteAlertChannel, { refreshes: [listAlertChannels], onDone: () => setDeleted(undefined) })
  const add =
    places.length === 0 ? undefined : (
      <Button data-operation={ALERT_CHANNEL_OPERATIONS.createAlertChannel.id} onClick={() => setAdding(true)}>
        <Plus aria-hidden />
        Add a channel
      </Button>
    )
  return (
    <div className="flex flex-col items-start gap-4">
      {channels.data !== undefined && channels.data.data.length > 0 ? add : null}
      <FailureNote error={test.error} />
      <div className="w-full">
        <Loaded query={channels} what="the channels">
          {({ data }) =>
            data.length === 0 ? (
              <EmptyState icon={Send} title="No channel yet" action={add}>
                Slack, a signed webhook or a mail address that alerts are sent to, besides the mails to members.
              </EmptyState>
            ) : (
              <DataTable
                caption="Channels"
                columns={columns(placeName, ({ workspace_id }) =>
                  places.some(({ value }) => value === (workspace_id ?? ''))
                    ? { onTest: ({ id }) => test.mutate({ id }), onDelete: setDeleted }
                    : undefined,
                )}
                rows={data}
                keyOf={({ id }) => id}
              />
            )
          }
        </Loaded>
      </div>
      <ChannelDialog isOpen={isAdding} places={places} onClose={() => setAdding(false)} />
      <ConfirmDialog
        operation={deleteAlertChannel}
        title="Delete the channel"
        action="Delete the channel"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ id: deleted.id })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>Nothing is sent to {deleted?.name} any more. A channel that a rule uses can not be deleted.</p>
      </ConfirmDialog>
    </div>
  )
}

type Actions = Record<'onTest' | 'onDelete', (channel: AlertChannelWire) => void>

function columns(
  placeName: (workspaceId: string | null) => string,
  actionsOf: (channel: AlertChannelWire) => Actions | undefined,
): readonly Column<AlertChannelWire>[] {
  return [
    {
      id: 'name',
      header: 'Channel',
      cell: ({ name, target }) => (
        <span className="flex max-w-md min-w-40 flex-col">
          <span className="font-medium break-words">{name}</span>
          <span className="text-sm break-all text-muted">
            {target.type} · {target.destination}
          </span>
        </span>
      ),
    },
    { id: 'state', header: 'State', cell: (channel) => <ChannelState channel={channel} /> },
    {
      id: 'delivered',
      header: 'Last delivered',
      from: 'md',
      cell: ({ last_delivered_at }) => (last_delivered_at === null ? 'never' : <When iso={last_delivered_at} />),
    },
    { id: 'where', header: 'Where', from: 'lg', cell: ({ workspace_id }) => placeName(workspace_id) },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (channel) => {
        const actions = actionsOf(channel)
        if (actions === undefined) return null
        return (
          <span className="flex flex-wrap justify-end gap-2">
            <Button data-operation={testAlertChannel.id} size="small" onClick={() => actions.onTest(channel)}>
              Test
            </Button>
            <Button
              data-operation={deleteAlertChannel.id}
              size="small"
              className="text-danger"
              onClick={() => actions.onDelete(channel)}
            >
              Delete
            </Button>
          </span>
        )
      },
    },
  ]
}

function ChannelState({ channel: { enabled, disabled_reason, last_error, failures } }: { channel: AlertChannelWire }) {
  const fault = disabled_reason ?? (failures > 0 ? last_error : null)
  return (
    <span className="flex max-w-xs flex-col">
      <StatusDot tone={!enabled ? 'plain' : failures > 0 ? 'bad' : 'good'} label={enabled ? 'On' : 'Off'} />
      {fault === null ? null : <span className="text-sm break-words text-danger">{fault}</span>}
    </span>
  )
}
