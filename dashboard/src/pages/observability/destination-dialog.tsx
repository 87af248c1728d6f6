import { type FormEvent, useState } from 'react'
import { DESTINATION_TYPES, type DestinationType } from '../../../../src/contract/management/destination-types.ts'
import { DESTINATION_OPERATIONS, type DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { type DestinationDraft, draftOf, newDraft, settingsOf } from './destination-draft.ts'
import { TYPE_TITLES } from './destination-fields.ts'
import { ConfigFields, TraceFields } from './destination-form-fields.tsx'

const {
  createObservabilityDestination: create,
  getObservabilityDestination: get,
  listObservabilityDestinations: list,
  updateObservabilityDestination: update,
} = DESTINATION_OPERATIONS

interface DestinationDialogProps {
  /** The one that is changed; a new one without. */
  wire?: DestinationWire
  isOpen: boolean
  onClose: () => void
}

export function DestinationDialog({ wire, isOpen, onClose }: DestinationDialogProps) {
  return (
    <Dialog
      title={wire === undefined ? 'Add a destination' : 'Change the destination'}
      description="It is kept for when traces are sent; this version sends none yet."
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <DestinationForm wire={wire} onClose={onClose} />
    </Dialog>
  )
}

function DestinationForm({ wire, onClose }: { wire: DestinationWire | undefined; onClose: () => void }) {
  const workspace = useWorkspace()
  const [draft, setDraft] = useState(() => (wire === undefined ? newDraft('langfuse') : draftOf(wire)))
  const set = (changes: Partial<DestinationDraft>) => setDraft({ ...draft, ...changes })
  const options = {
    refreshes: [list, get],
    onDone: () => {
      toast('Saved.')
      onClose()
    },
  }
  const make = useChange(create, options)
  const save = useChange(update, options)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wire === undefined) make.mutate({ type: draft.type, workspace_id: workspace.id, ...settingsOf(draft) })
    else save.mutate({ id: wire.id, ...settingsOf(draft, wire) })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Type"
          disabled={wire !== undefined}
          value={draft.type}
          onChange={(event) => set({ type: event.target.value as DestinationType, config: {} })}
          choices={DESTINATION_TYPES.map((type) => ({ value: type, label: TYPE_TITLES[type] }))}
        />
        <TextField
          label="Name"
          required
          maxLength={200}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      </div>
      <ConfigFields draft={draft} set={set} isNew={wire === undefined} />
      <TraceFields draft={draft} set={set} />
      <FailureNote error={make.error ?? save.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={(wire === undefined ? create : update).id}
          type="submit"
          look="primary"
          isBusy={make.isPending || save.isPending}
        >
          Save
        </Button>
      </DialogActions>
    </form>
  )
}
