import { type FormEvent, useState } from 'react'
import { ALERT_CHANNEL_OPERATIONS } from '../../../../src/contract/management/alert-channels.ts'
import {
  ALERT_KINDS,
  ALERT_RECIPIENTS,
  type AlertKind,
  type AlertRecipient,
} from '../../../../src/contract/management/alert-conditions.ts'
import { ALERT_OPERATIONS } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { CheckField, type Choice, SelectField, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { CONDITION_FIELDS, KIND_WORDS, RECIPIENT_WORDS, toCondition } from './alert-words.ts'

interface RuleDialogProps {
  isOpen: boolean
  places: readonly Choice[]
  onClose: () => void
}

/** What is watched, from where on, and who is told. */
export function RuleDialog({ isOpen, ...rest }: RuleDialogProps) {
  return (
    <Dialog title="Add a rule" isOpen={isOpen} onClose={rest.onClose}>
      <RuleForm {...rest} />
    </Dialog>
  )
}

function RuleForm({ places, onClose }: Omit<RuleDialogProps, 'isOpen'>) {
  const [name, setName] = useState('')
  const [place, setPlace] = useState(places[0]?.value ?? '')
  const [kind, setKind] = useState<AlertKind>('budget')
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [recipients, setRecipients] = useState<readonly AlertRecipient[]>(['workspace_admins'])
  const [channelIds, setChannelIds] = useState<readonly string[]>([])
  const add = useChange(ALERT_OPERATIONS.createAlertRule, {
    refreshes: [ALERT_OPERATIONS.listAlertRules],
    onDone: onClose,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate({
      name: name.trim(),
      condition: toCondition(kind, typed),
      recipients: [...recipients],
      channel_ids: [...channelIds],
      workspace_id: place === '' ? null : place,
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField label="Where" value={place} onChange={(event) => setPlace(event.target.value)} choices={places} />
      <SelectField
        label="Tell when"
        value={kind}
        onChange={(event) => {
          setKind(event.target.value as AlertKind)
          setTyped({})
        }}
        choices={ALERT_KINDS.map((value) => ({ value, label: KIND_WORDS[value] }))}
      />
      {(CONDITION_FIELDS[kind] ?? []).map((field) => (
        <TextField
          key={field.name}
          label={field.label}
          hint={field.hint}
          required
          value={typed[field.name] ?? field.initial}
          onChange={(event) => setTyped({ ...typed, [field.name]: event.target.value })}
        />
      ))}
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">Told by mail</legend>
        {ALERT_RECIPIENTS.map((recipient) => (
          <CheckField
            key={recipient}
            label={RECIPIENT_WORDS[recipient]}
            checked={recipients.includes(recipient)}
            onChange={() => setRecipients(toggled(recipients, recipient))}
          />
        ))}
      </fieldset>
      <ChannelChoice place={place} chosen={channelIds} onChange={setChannelIds} />
      <FailureNote error={add.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={ALERT_OPERATIONS.createAlertRule.id}
          type="submit"
          look="primary"
          isBusy={add.isPending}
        >
          Add the rule
        </Button>
      </DialogActions>
    </form>
  )
}

function ChannelChoice({
  place,
  chosen,
  onChange,
}: {
  place: string
  chosen: readonly string[]
  onChange: (ids: readonly string[]) => void
}) {
  const channels = useOperation(ALERT_CHANNEL_OPERATIONS.listAlertChannels, { limit: 100 })
  const usable = (channels.data?.data ?? []).filter(({ workspace_id }) => (workspace_id ?? '') === place)
  if (usable.length === 0) return null
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Sent to</legend>
      {usable.map(({ id, name }) => (
        <CheckField
          key={id}
          label={name}
          checked={chosen.includes(id)}
          onChange={() => onChange(toggled(chosen, id))}
        />
      ))}
    </fieldset>
  )
}

function toggled<Item>(items: readonly Item[], item: Item): Item[] {
  return items.includes(item) ? items.filter((other) => other !== item) : [...items, item]
}
