import { useState } from 'react'
import {
  ALERT_CHANNEL_OPERATIONS,
  type AlertChannelWire,
  type AlertTarget,
} from '../../../../src/contract/management/alert-channels.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField, type Choice, SelectField, TextField } from '../../components/field.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { useAlertRights } from './use-alert-rights.ts'

const { createAlertChannel, listAlertChannels, updateAlertChannel } = ALERT_CHANNEL_OPERATIONS
type TargetType = AlertTarget['type']

export const TARGET_WORDS: Readonly<Record<TargetType, string>> = {
  email: 'E-mail',
  slack: 'Slack',
  webhook: 'Signed webhook',
}
const TARGET_HINTS: Readonly<Record<TargetType, string>> = {
  email: 'Any address; members are told by the rule itself.',
  slack: 'An incoming webhook of Slack, or of what understands the same.',
  webhook: 'JSON by POST, signed in the header switchyard-signature.',
}

interface ChannelDialogProps {
  /** The one that is changed; a new one without. */
  channel?: AlertChannelWire | undefined
  isOpen: boolean
  places: readonly Choice[]
  onClose: () => void
}

/** Slack, a signed webhook or a mail address. */
export function ChannelDialog({ isOpen, channel, ...rest }: ChannelDialogProps) {
  return (
    <Dialog
      title={channel === undefined ? 'Add a channel' : 'Change the channel'}
      isOpen={isOpen}
      onClose={rest.onClose}
      isInsistent
    >
      <ChannelForm key={channel?.id} channel={channel} {...rest} />
    </Dialog>
  )
}

function ChannelForm({ channel, places, onClose }: Omit<ChannelDialogProps, 'isOpen'>) {
  const { isOwnAt } = useAlertRights()
  const [name, setName] = useState(channel?.name ?? '')
  const [place, setPlace] = useState(places[0]?.value ?? '')
  const [isReplaced, setReplaced] = useState(channel === undefined)
  const isOwn = channel === undefined ? isOwnAt(place) : channel.user_id !== null
  const [draft, setDraft] = useState<TargetDraft>({
    type: channel?.target.type ?? (isOwn ? 'slack' : 'email'),
    destination: '',
    secret: '',
  })
  const options = { refreshes: [listAlertChannels], onDone: onClose }
  const add = useChange(createAlertChannel, options)
  const save = useChange(updateAlertChannel, options)
  const submit = () => {
    const target = toTarget(draft)
    if (channel === undefined) add.mutate({ name: name.trim(), target, workspace_id: place === '' ? null : place })
    else save.mutate({ id: channel.id, name: name.trim(), ...(isReplaced ? { target } : {}) })
  }
  return (
    <SaveForm
      action={channel === undefined ? 'Add the channel' : 'Save the channel'}
      operation={channel === undefined ? createAlertChannel : updateAlertChannel}
      sendings={[add, save]}
      onSubmit={submit}
      onCancel={onClose}
    >
      <TextField
        label="Name"
        field="name"
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {channel === undefined ? (
        <SelectField
          label="Where"
          field="workspace_id"
          value={place}
          onChange={(event) => {
            setPlace(event.target.value)
            if (isOwnAt(event.target.value) && draft.type === 'email') setDraft({ ...draft, type: 'slack' })
          }}
          choices={places}
        />
      ) : (
        <CheckField
          label="Send to another destination"
          hint={`Now ${TARGET_WORDS[channel.target.type]}, ${channel.target.destination}. It is replaced as a whole, its secret included.`}
          checked={isReplaced}
          onChange={(event) => setReplaced(event.target.checked)}
        />
      )}
      {isReplaced ? <TargetFields draft={draft} isOwn={isOwn} onChange={setDraft} /> : null}
    </SaveForm>
  )
}

interface TargetDraft {
  type: TargetType
  destination: string
  secret: string
}

/** What is one person's own sends no mail: their rules do that without a channel. */
function TargetFields({
  draft,
  isOwn,
  onChange,
}: {
  draft: TargetDraft
  isOwn: boolean
  onChange: (draft: TargetDraft) => void
}) {
  const types = (Object.keys(TARGET_WORDS) as TargetType[]).filter((type) => !isOwn || type !== 'email')
  const isMail = draft.type === 'email'
  return (
    <>
      <SelectField
        label="Kind"
        field="target.type"
        hint={TARGET_HINTS[draft.type]}
        value={draft.type}
        onChange={(event) => onChange({ ...draft, type: event.target.value as TargetType })}
        choices={types.map((value) => ({ value, label: TARGET_WORDS[value] }))}
      />
      <TextField
        label={isMail ? 'Address' : 'URL'}
        field={isMail ? 'target.address' : 'target.url'}
        type={isMail ? 'email' : 'url'}
        required
        value={draft.destination}
        onChange={(event) => onChange({ ...draft, destination: event.target.value })}
      />
      {draft.type === 'webhook' ? (
        <TextField
          label="Signing secret"
          field="target.signing_secret"
          hint="At least 16 characters. What is sent is signed with it."
          type="password"
          autoComplete="off"
          required
          minLength={16}
          value={draft.secret}
          onChange={(event) => onChange({ ...draft, secret: event.target.value })}
        />
      ) : null}
    </>
  )
}

function toTarget({ type, destination, secret }: TargetDraft): AlertTarget {
  const place = destination.trim()
  if (type === 'email') return { type, address: place }
  if (type === 'slack') return { type, url: place }
  return { type, url: place, signing_secret: secret }
}
