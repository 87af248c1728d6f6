import { type FormEvent, useState } from 'react'
import { getKey, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { linesOf } from '../../format/lines.ts'

/** Name, limit, models and addresses of a key. */
export function EditKeyDialog({ wire, isOpen, onClose }: { wire: KeyWire; isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Change the key" isOpen={isOpen} onClose={onClose}>
      <EditForm wire={wire} onClose={onClose} />
    </Dialog>
  )
}

function EditForm({ wire, onClose }: { wire: KeyWire; onClose: () => void }) {
  const [name, setName] = useState(wire.name)
  const [limit, setLimit] = useState(wire.limit === null ? '' : String(wire.limit))
  const [reset, setReset] = useState(wire.limit_reset ?? '')
  const [models, setModels] = useState((wire.allowed_models ?? []).join('\n'))
  const [ips, setIps] = useState((wire.allowed_ips ?? []).join('\n'))
  const save = useChange(updateKeys, {
    refreshes: [listKeys, getKey],
    onDone: () => {
      toast('Changed. It counts from the next request on.')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({
      hash: wire.hash,
      name: name.trim(),
      limit: limit === '' ? null : Number(limit),
      limit_reset: limit === '' || reset === '' ? null : (reset as 'daily'),
      allowed_models: listOrNull(models),
      allowed_ips: listOrNull(ips),
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label="Name" required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Spending limit"
          hint="Nothing for no limit of its own."
          unit="$"
          type="number"
          min="0"
          step="any"
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
        <SelectField
          label="The limit starts anew"
          value={reset}
          onChange={(event) => setReset(event.target.value)}
          choices={[
            { value: 'daily', label: 'each day' },
            { value: 'weekly', label: 'each week, on Monday' },
            { value: 'monthly', label: 'each month' },
            { value: '', label: 'never' },
          ]}
        />
      </div>
      <TextArea
        label="Models it may call"
        hint="One a line; * stands for any text. Nothing for all."
        rows={3}
        className="font-mono text-sm"
        value={models}
        onChange={(event) => setModels(event.target.value)}
      />
      <TextArea
        label="Addresses it may be used from"
        hint="Networks in CIDR notation, one a line. Nothing for all."
        rows={2}
        className="font-mono text-sm"
        value={ips}
        onChange={(event) => setIps(event.target.value)}
      />
      <FailureNote error={save.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button data-operation={updateKeys.id} type="submit" look="primary" isBusy={save.isPending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

function listOrNull(text: string): string[] | null {
  const lines = linesOf(text)
  return lines.length === 0 ? null : lines
}
