import { Plus, Send } from 'lucide-react'
import { ALERT_CHANNEL_OPERATIONS, type AlertChannelWire } from '../../../../src/contract/management/alert-channels.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge, StatusDot } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { When } from '../../components/figures.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { AlertMenu } from './alert-menu.tsx'
import { ChannelDialog, TARGET_WORDS } from './channel-dialog.tsx'
import { useAlertRights } from './use-alert-rights.ts'

const { createAlertChannel, listAlertChannels, deleteAlertChannel, testAlertChannel, updateAlertChannel } =
  ALERT_CHANNEL_OPERATIONS

/** Where alerts are sent. */
export function ChannelsTab() {
  const opened = useOpened<AlertChannelWire>()
  const places = usePlaces('alert:write')
  const { mayChange } = useAlertRights()
  const placeName = usePlaceName()
  const channels = useOperation(listAlertChannels, { limit: 100 }, { everyMs: 15_000 })
  const test = useChange(testAlertChannel, {
    refreshes: [listAlertChannels],
    onDone: () => toast('A test is on its way; the channel tells here how it went.'),
  })
  const toggle = useChange(updateAlertChannel, { refreshes: [listAlertChannels] })
  const add =
    places.length === 0 ? undefined : (
      <Button data-operation={createAlertChannel.id} onClick={opened.add}>
        <Plus aria-hidden />
        Add a channel
      </Button>
    )
  const { deleted } = opened
  return (
    <>
      <FailureNote error={test.error ?? toggle.error} />
      <DataList
        query={channels}
        what="the channels"
        caption="Channels"
        action={add}
        columns={columns(placeName, mayChange, {
          edit: opened.edit,
          toggle: ({ id, enabled }) => toggle.mutate({ id, enabled: !enabled }),
          test: ({ id }) => test.mutate({ id }),
          remove: opened.remove,
        })}
        keyOf={({ id }) => id}
        empty={
          <EmptyState icon={Send} title="No channel yet" action={add}>
            Slack, a signed webhook or a mail address that alerts are sent to, besides the mails to members.
          </EmptyState>
        }
      />
      <ChannelDialog isOpen={opened.isForm} channel={opened.edited} places={places} onClose={opened.close} />
      <DeleteDialog
        action="Delete the channel"
        operation={deleteAlertChannel}
        input={deleted && { id: deleted.id }}
        refreshes={[listAlertChannels]}
        onClose={opened.close}
      >
        <p>Nothing is sent to {deleted?.name} any more. A channel that a rule uses can not be deleted.</p>
      </DeleteDialog>
    </>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  mayChange: (channel: AlertChannelWire) => boolean,
  actions: Record<'edit' | 'toggle' | 'test' | 'remove', (channel: AlertChannelWire) => void>,
): readonly Column<AlertChannelWire>[] {
  return [
    {
      id: 'name',
      header: 'Channel',
      cell: ({ name, target, user_id }) => (
        <span className="flex max-w-md min-w-40 flex-col">
          <span className="font-medium break-words">
            {name} {user_id === null ? null : <Badge>Somebody's own</Badge>}
          </span>
          <span className="text-sm break-all text-muted">
            {TARGET_WORDS[target.type]} · {target.destination}
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
      cell: (channel) =>
        mayChange(channel) ? (
          <AlertMenu
            name={channel.name}
            isOn={channel.enabled}
            operations={{ update: updateAlertChannel, test: testAlertChannel, remove: deleteAlertChannel }}
            onEdit={() => actions.edit(channel)}
            onTest={() => actions.test(channel)}
            onToggle={() => actions.toggle(channel)}
            onDelete={() => actions.remove(channel)}
          />
        ) : null,
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
