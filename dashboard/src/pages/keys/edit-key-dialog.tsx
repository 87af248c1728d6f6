import { useState } from 'react'
import { getKey, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { toast } from '../../components/toast.tsx'
import { changesOf, type KeyChanges, keyChangesOf } from './key-draft.ts'

/** Name, limits, models and addresses of a key. */
export function EditKeyDialog({ wire, isOpen, onClose }: { wire: KeyWire; isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Change the key" isOpen={isOpen} onClose={onClose}>
      <EditForm wire={wire} onClose={onClose} />
    </Dialog>
  )
}

interface PartProps {
  draft: KeyChanges
  set: (changes: Partial<KeyChanges>) => void
}

function EditForm({ wire, onClose }: { wire: KeyWire; onClose: () => void }) {
  const [draft, setDraft] = useState(() => keyChangesOf(wire))
  const save = useChange(updateKeys, {
    refreshes: [listKeys, getKey],
    onDone: () => {
      toast('Changed. It counts from the next request on.')
      onClose()
    },
  })
  const part = { draft, set: (changes: Partial<KeyChanges>) => setDraft({ ...draft, ...changes }) }
  return (
    <Form
      error={save.error}
      onSubmit={() => save.mutate({ hash: wire.hash, ...changesOf(draft) })}
      actions={<SaveActions operation={updateKeys} isBusy={save.isPending} onCancel={onClose} />}
    >
      <TextField
        label="Name"
        field="name"
        required
        maxLength={200}
        value={draft.name}
        onChange={(event) => part.set({ name: event.target.value })}
      />
      <LimitFields {...part} />
      <ScopeFields {...part} />
    </Form>
  )
}

function LimitFields({ draft, set }: PartProps) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Spending limit"
          field="limit"
          hint="Nothing for no limit of its own."
          unit="$"
          type="number"
          min="0"
          step="any"
          value={draft.limit}
          onChange={(event) => set({ limit: event.target.value })}
        />
        <SelectField
          label="The limit starts anew"
          field="limit_reset"
          value={draft.reset}
          onChange={(event) => set({ reset: event.target.value as KeyChanges['reset'] })}
          choices={[
            { value: 'daily', label: 'each day' },
            { value: 'weekly', label: 'each week, on Monday' },
            { value: 'monthly', label: 'each month' },
            { value: '', label: 'never' },
          ]}
        />
      </div>
      <CheckField
        label="Count what is paid with provider keys of your own"
        checked={draft.countsByok}
        onChange={(event) => set({ countsByok: event.target.checked })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Requests a minute"
          field="rate_limit_rpm"
          hint="Nothing for those of its type; 0 for no limit."
          type="number"
          min="0"
          step="1"
          value={draft.rate}
          onChange={(event) => set({ rate: event.target.value })}
        />
        <TextField
          label="Requests at a time"
          field="concurrency_limit"
          hint="Nothing for as many as there are."
          type="number"
          min="1"
          step="1"
          value={draft.concurrency}
          onChange={(event) => set({ concurrency: event.target.value })}
        />
      </div>
    </>
  )
}

function ScopeFields({ draft, set }: PartProps) {
  return (
    <>
      <TextArea
        label="Models it may call"
        field="allowed_models"
        hint="One a line; * stands for any text. Nothing for all."
        rows={3}
        className="font-mono text-sm"
        value={draft.models}
        onChange={(event) => set({ models: event.target.value })}
      />
      <TextArea
        label="Addresses it may be used from"
        field="allowed_ips"
        hint="Networks in CIDR notation, one a line. Nothing for all."
        rows={2}
        className="font-mono text-sm"
        value={draft.ips}
        onChange={(event) => set({ ips: event.target.value })}
      />
    </>
  )
}
