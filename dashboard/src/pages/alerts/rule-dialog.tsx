import { useState } from 'react'
import { ALERT_CHANNEL_OPERATIONS } from '../../../../src/contract/management/alert-channels.ts'
import {
  ALERT_KINDS,
  ALERT_RECIPIENTS,
  type AlertKind,
  type AlertRecipient,
} from '../../../../src/contract/management/alert-conditions.ts'
import { ALERT_OPERATIONS, type AlertRuleWire } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { CheckList } from '../../components/check-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField, type Choice, SelectField, TextField } from '../../components/field.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { KIND_MEANINGS, KIND_WORDS, RECIPIENT_WORDS } from './alert-words.ts'
import { CONDITION_FIELDS, toCondition, typedOf } from './condition-draft.ts'
import { isMine, useAlertRights } from './use-alert-rights.ts'

/** What nobody can watch for themselves alone, and what a workspace hasn't. */
const OF_EVERYBODY: readonly AlertKind[] = ['pool', 'low_balance', 'uncharged']
const OF_THE_ORGANIZATION: readonly AlertKind[] = ['unconfirmed_lease']

interface RuleDialogProps {
  /** The one that is changed; a new one without. */
  rule?: AlertRuleWire | undefined
  isOpen: boolean
  places: readonly Choice[]
  onClose: () => void
}

/** What is watched, from where on, and who is told. */
export function RuleDialog({ isOpen, rule, ...rest }: RuleDialogProps) {
  return (
    <Dialog
      title={rule === undefined ? 'Add a rule' : 'Change the rule'}
      isOpen={isOpen}
      onClose={rest.onClose}
      isInsistent
    >
      <RuleForm key={rule?.id} rule={rule} {...rest} />
    </Dialog>
  )
}

function RuleForm({ rule, places, onClose }: Omit<RuleDialogProps, 'isOpen'>) {
  const rights = useAlertRights()
  const [name, setName] = useState(rule?.name ?? '')
  const [place, setPlace] = useState(rule === undefined ? (places[0]?.value ?? '') : (rule.workspace_id ?? ''))
  const [kind, setKind] = useState<AlertKind>(rule?.condition.kind ?? 'budget')
  const [typed, setTyped] = useState(() => (rule === undefined ? {} : typedOf(rule.condition)))
  const [recipients, setRecipients] = useState<readonly AlertRecipient[]>(
    rule?.recipients ?? ['organization_admins', 'workspace_admins', 'key_owner'],
  )
  const [channelIds, setChannelIds] = useState<readonly string[]>(rule?.channel_ids ?? [])
  const isOwn = rule === undefined ? rights.isOwnAt(place) : isMine(rule)
  const options = { refreshes: [ALERT_OPERATIONS.listAlertRules], onDone: onClose }
  const add = useChange(ALERT_OPERATIONS.createAlertRule, options)
  const save = useChange(ALERT_OPERATIONS.updateAlertRule, options)
  const submit = () => {
    const said = {
      name: name.trim(),
      condition: toCondition(kind, typed),
      recipients: isOwn ? recipients.filter((one) => one === 'key_owner') : [...recipients],
      channel_ids: [...channelIds],
    }
    if (rule === undefined) add.mutate({ ...said, workspace_id: place === '' ? null : place })
    else save.mutate({ id: rule.id, ...said })
  }
  return (
    <SaveForm
      action={rule === undefined ? 'Add the rule' : 'Save the rule'}
      operation={rule === undefined ? ALERT_OPERATIONS.createAlertRule : ALERT_OPERATIONS.updateAlertRule}
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
      <SelectField
        label="Where"
        field="workspace_id"
        hint={isOwn ? 'It watches what is yours there, and tells you alone.' : undefined}
        value={place}
        disabled={rule !== undefined}
        onChange={(event) => {
          setPlace(event.target.value)
          setChannelIds([])
        }}
        choices={places}
      />
      <SelectField
        label="Tell when"
        field="condition.kind"
        hint={KIND_MEANINGS[kind]}
        value={kind}
        onChange={(event) => {
          setKind(event.target.value as AlertKind)
          setTyped({})
        }}
        choices={kindsFor(place, isOwn, kind).map((value) => ({ value, label: KIND_WORDS[value] }))}
      />
      <ConditionFields kind={kind} typed={typed} onType={setTyped} />
      <Recipients isOwn={isOwn} chosen={recipients} onChange={setRecipients} />
      <ChannelChoice place={place} isOwn={isOwn} chosen={channelIds} onChange={setChannelIds} />
    </SaveForm>
  )
}

function kindsFor(place: string, isOwn: boolean, chosen: AlertKind): AlertKind[] {
  return ALERT_KINDS.filter(
    (kind) =>
      kind === chosen ||
      !((place !== '' && OF_THE_ORGANIZATION.includes(kind)) || (isOwn && OF_EVERYBODY.includes(kind))),
  )
}

function ConditionFields({
  kind,
  typed,
  onType,
}: {
  kind: AlertKind
  typed: Readonly<Record<string, string>>
  onType: (typed: Record<string, string>) => void
}) {
  return (CONDITION_FIELDS[kind] ?? []).map(({ name, label, hint, unit, initial, choices, bounds }) => {
    const shared = { label, hint, field: `condition.${name}`, value: typed[name] ?? initial }
    if (choices !== undefined)
      return (
        <SelectField
          key={name}
          {...shared}
          onChange={(event) => onType({ ...typed, [name]: event.target.value })}
          choices={choices}
        />
      )
    return (
      <TextField
        key={name}
        {...shared}
        required
        {...(unit === undefined ? {} : { unit })}
        {...(bounds === undefined ? { inputMode: 'numeric' } : { type: 'number', ...bounds })}
        onChange={(event) => onType({ ...typed, [name]: event.target.value })}
      />
    )
  })
}

function Recipients({
  isOwn,
  chosen,
  onChange,
}: {
  isOwn: boolean
  chosen: readonly AlertRecipient[]
  onChange: (chosen: readonly AlertRecipient[]) => void
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Told by mail</legend>
      {ALERT_RECIPIENTS.filter((recipient) => !isOwn || recipient === 'key_owner').map((recipient) => (
        <CheckField
          key={recipient}
          label={RECIPIENT_WORDS[recipient]}
          checked={chosen.includes(recipient)}
          onChange={(event) =>
            onChange(event.target.checked ? [...chosen, recipient] : chosen.filter((other) => other !== recipient))
          }
        />
      ))}
    </fieldset>
  )
}

/** A rule sends to the channels of its own place alone. */
function ChannelChoice({
  place,
  isOwn,
  chosen,
  onChange,
}: {
  place: string
  isOwn: boolean
  chosen: readonly string[]
  onChange: (ids: readonly string[]) => void
}) {
  const channels = useOperation(ALERT_CHANNEL_OPERATIONS.listAlertChannels, { limit: 100 })
  const usable = (channels.data?.data ?? []).filter(
    (channel) => (channel.workspace_id ?? '') === place && isMine(channel) === isOwn,
  )
  if (usable.length === 0) return null
  return (
    <CheckList
      label="Sent to"
      field="channel_ids"
      choices={usable.map(({ id, name }) => ({ value: id, label: name }))}
      chosen={chosen}
      onChange={onChange}
    />
  )
}
