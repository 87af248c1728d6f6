import { type FormEvent, useState } from 'react'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { draftOf, NEW_GUARDRAIL, settingsOf } from './guardrail-draft.ts'
import { DataFields, FilterFields, LimitFields, NameFields, ReachFields } from './guardrail-fields.tsx'

const { createGuardrail, getGuardrail, listGuardrails, updateGuardrail } = GUARDRAIL_OPERATIONS

/** A new guardrail or, with one, its change. */
export function GuardrailDialog({
  wire,
  isOpen,
  onClose,
}: {
  wire?: GuardrailWire
  isOpen: boolean
  onClose: () => void
}) {
  return (
    <Dialog
      title={wire === undefined ? 'New guardrail' : `Change ${wire.name}`}
      description="It counts from the next request on."
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <GuardrailForm wire={wire} onClose={onClose} />
    </Dialog>
  )
}

function GuardrailForm({ wire, onClose }: { wire: GuardrailWire | undefined; onClose: () => void }) {
  const workspace = useWorkspace()
  const [draft, setDraft] = useState(() => (wire === undefined ? NEW_GUARDRAIL : draftOf(wire)))
  const options = {
    refreshes: [listGuardrails, getGuardrail],
    onDone: () => {
      toast('Saved. It counts from the next request on.')
      onClose()
    },
  }
  const create = useChange(createGuardrail, options)
  const update = useChange(updateGuardrail, options)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const settings = settingsOf(draft, wire)
    if (wire === undefined) create.mutate({ ...settings, workspace_id: workspace.id })
    else update.mutate({ id: wire.id, ...settings })
  }
  const set = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes })
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <NameFields draft={draft} set={set} />
      <ReachFields draft={draft} set={set} />
      <DataFields draft={draft} set={set} />
      <LimitFields draft={draft} set={set} />
      <FilterFields draft={draft} set={set} />
      <FailureNote error={create.error ?? update.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={(wire === undefined ? createGuardrail : updateGuardrail).id}
          type="submit"
          look="primary"
          isBusy={create.isPending || update.isPending}
        >
          Save
        </Button>
      </DialogActions>
    </form>
  )
}
