import { Send } from 'lucide-react'
import { ALERT_CHANNEL_OPERATIONS, type AlertChannelWire } from '../../../../src/contract/management/alert-channels.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import type { Column } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { toast } from '../../components/toast.tsx'
import { AlertList, AlertName } from './alert-list.tsx'
import { ChannelDialog, TARGET_WORDS } from './channel-dialog.tsx'
import { isMine } from './use-alert-rights.ts'

const { createAlertChannel, listAlertChannels, deleteAlertChannel, testAlertChannel, updateAlertChannel } =
  ALERT_CHANNEL_OPERATIONS

/** Where alerts are sent. */
export function ChannelsTab() {
  const channels = useOperation(listAlertChannels, { limit: 100 }, { everyMs: 15_000 })
  const test = useChange(testAlertChannel, {
    refreshes: [listAlertChannels],
    onDone: () => toast('A test is on its way; the channel tells here how it went.'),
  })
  const toggle = useChange(updateAlertChannel, { refreshes: [listAlertChannels] })
  return (
    <AlertList
      noun="channel"
      query={channels}
      operations={{
        create: createAlertChannel,
        list: listAlertChannels,
        remove: deleteAlertChannel,
        test: testAlertChannel,
        update: updateAlertChannel,
      }}
      toggle={toggle}
      test={test}
      columns={COLUMNS}
      placeFrom="lg"
      empty={{
        icon: Send,
        title: 'No channel yet',
        text: 'Slack, a signed webhook or a mail address that alerts are sent to, besides the mails to members.',
      }}
      form={({ edited, ...opened }) => <ChannelDialog channel={edited} {...opened} />}
      loss={(name) => `Nothing is sent to ${name} any more. A channel that a rule uses can not be deleted.`}
    />
  )
}

const COLUMNS: readonly Column<AlertChannelWire>[] = [
  {
    id: 'name',
    header: 'Channel',
    cell: (channel) => (
      <AlertName name={channel.name} isOwn={isMine(channel)}>
        <span className="text-sm break-all text-muted">
          {TARGET_WORDS[channel.target.type]} · {channel.target.destination}
        </span>
      </AlertName>
    ),
  },
  { id: 'state', header: 'State', cell: (channel) => <ChannelState channel={channel} /> },
  {
    id: 'delivered',
    header: 'Last delivered',
    from: 'md',
    cell: ({ last_delivered_at }) => (last_delivered_at === null ? 'never' : <When iso={last_delivered_at} />),
  },
]

function ChannelState({ channel: { enabled, disabled_reason, last_error, failures } }: { channel: AlertChannelWire }) {
  const fault = disabled_reason ?? (failures > 0 ? last_error : null)
  return (
    <span className="flex max-w-xs flex-col">
      <StatusDot tone={!enabled ? 'plain' : failures > 0 ? 'bad' : 'good'} label={enabled ? 'On' : 'Off'} />
      {fault === null ? null : <span className="text-sm break-words text-danger">{fault}</span>}
    </span>
  )
}
