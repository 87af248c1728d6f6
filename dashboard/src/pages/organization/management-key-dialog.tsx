import { useState } from 'react'
import { createKeys, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { ShownOnce } from '../../components/shown-once.tsx'
import { toast } from '../../components/toast.tsx'
import { linesOf } from '../../format/lines.ts'

const DAY_SECONDS = 86_400
const LIVES = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
  { value: '', label: 'never' },
]

interface ManagementKeyDialogProps {
  /** The one that is changed; a new one without. */
  wire: KeyWire | undefined
  isOpen: boolean
  onClose: () => void
}

/** A name, an end and the networks it may be used from; then the secret, once. */
export function ManagementKeyDialog({ wire, isOpen, onClose }: ManagementKeyDialogProps) {
  const create = useChange(createKeys, { refreshes: [listKeys] })
  const save = useChange(updateKeys, {
    refreshes: [listKeys],
    onDone: () => {
      toast('Changed. It counts from the next request on.')
      close()
    },
  })
  const close = () => {
    create.reset()
    save.reset()
    onClose()
  }
  const secret = create.data?.key
  return (
    <Dialog {...titles(wire, secret)} isOpen={isOpen} onClose={close} isInsistent>
      {secret === undefined ? (
        <KeyForm
          wire={wire}
          error={create.error ?? save.error}
          isBusy={create.isPending || save.isPending}
          onCancel={close}
          onSend={({ name, days, ips }) => {
            const allowed_ips = ips.length === 0 ? null : ips
            const life = days === '' ? {} : { ttl_seconds: Number(days) * DAY_SECONDS }
            if (wire === undefined) create.mutate({ name, type: 'management', ...life, allowed_ips })
            else save.mutate({ hash: wire.hash, name, allowed_ips })
          }}
        />
      ) : (
        <>
          <ShownOnce label="Management key" secret={secret} />
          <DialogActions>
            <Button look="primary" onClick={close}>
              I have kept it
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

function titles(wire: KeyWire | undefined, secret: string | undefined): { title: string; description?: string } {
  if (wire !== undefined) return { title: 'Change the management key' }
  if (secret === undefined)
    return { title: 'Make a management key', description: 'It may everything in the organization but call models.' }
  return {
    title: 'Your new management key',
    description: 'Copy it now: it is kept as a hash only and can not be shown again.',
  }
}

interface Typed {
  name: string
  days: string
  ips: string[]
}

function KeyForm({
  wire,
  error,
  isBusy,
  onCancel,
  onSend,
}: {
  wire: KeyWire | undefined
  error: Error | null
  isBusy: boolean
  onCancel: () => void
  onSend: (typed: Typed) => void
}) {
  const [name, setName] = useState(wire?.name ?? '')
  const [days, setDays] = useState('90')
  const [ips, setIps] = useState((wire?.allowed_ips ?? []).join('\n'))
  return (
    <Form
      error={error}
      onSubmit={() => onSend({ name: name.trim(), days, ips: linesOf(ips) })}
      actions={
        <SaveActions
          operation={wire === undefined ? createKeys : updateKeys}
          action={wire === undefined ? 'Make the key' : 'Save the key'}
          isBusy={isBusy}
          onCancel={onCancel}
        />
      }
    >
      <TextField
        label="Name"
        field="name"
        required
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {wire === undefined ? (
        <SelectField
          label="Expires"
          field="ttl_seconds"
          value={days}
          onChange={(event) => setDays(event.target.value)}
          choices={LIVES}
        />
      ) : null}
      <TextArea
        label="Addresses it may be used from"
        field="allowed_ips"
        hint="Networks in CIDR notation, one a line. Nothing for all."
        rows={3}
        className="font-mono text-sm"
        value={ips}
        onChange={(event) => setIps(event.target.value)}
      />
    </Form>
  )
}
