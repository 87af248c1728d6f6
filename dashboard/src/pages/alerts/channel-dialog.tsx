import { type FormEvent, useState } from 'react'
import { ALERT_CHANNEL_OPERATIONS, type AlertTarget } from '../../../../src/contract/management/alert-channels.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { type Choice, SelectField, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'

interface ChannelDialogProps {
  isOpen: boolean
  places: readonly Choice[]
  onClose: () => void
}

/** Slack, a signed webhook or a mail address. */
export function ChannelDialog({ isOpen, ...rest }: ChannelDialogProps) {
  return (
    <Dialog title="Add a channel" isOpen={isOpen} onClose={rest.onClose}>
      <ChannelForm {...rest} />
    </Dialog>
  )
}

function ChannelForm({ places, onClose }: Omit<ChannelDialogProps, 'isOpen'>) {
  const [name, setName] = useState('')
  const [place, setPlace] = useState(places[0]?.value ?? '')
  const [type, setType] = useState<AlertTarget['type']>('email')
  const [destination, setDestination] = useState('')
  const [secret, setSecret] = useState('')
  const add = useChange(ALERT_CHANNEL_OPERATIONS.createAlertChannel, {
    refreshes: [ALERT_CHANNEL_OPERATIONS.listAlertChannels],
    onDone: onClose,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate({
      name: name.trim(),
      target: toTarget(type, destination.trim(), secret),
      workspace_id: place === '' ? null : place,
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField label="Where" value={place} onChange={(event) => setPlace(event.target.value)} choices={places} />
      <SelectField
        label="Kind"
        value={type}
        onChange={(event) => setType(event.target.value as AlertTarget['type'])}
        choices={[
          { value: 'email', label: 'E-mail' },
          { value: 'slack', label: 'Slack' },
          { value: 'webhook', label: 'Signed webhook' },
        ]}
      />
      <TextField
        label={type === 'email' ? 'Address' : 'URL'}
        type={type === 'email' ? 'email' : 'url'}
        required
        value={destination}
        onChange={(event) => setDestination(event.target.value)}
      />
      {type === 'webhook' ? (
        <TextField
          label="Signing secret"
          hint="At least 16 characters. What is sent is signed with it."
          type="password"
          autoComplete="off"
          required
          minLength={16}
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      ) : null}
      <FailureNote error={add.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={ALERT_CHANNEL_OPERATIONS.createAlertChannel.id}
          type="submit"
          look="primary"
          isBusy={add.isPending}
        >
          Add the channel
        </Button>
      </DialogActions>
    </form>
  )
}

function toTarget(type: AlertTarget['type'], destination: string, secret: string): AlertTarget {
  if (type === 'email') return { type, address: destination }
  if (type === 'slack') return { type, url: destination }
  return { type, url: destination, signing_secret: secret }
}
