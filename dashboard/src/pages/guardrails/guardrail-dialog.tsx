import { useState } from 'react'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { FilterFields } from './filter-fields.tsx'
import { draftOf, NEW_GUARDRAIL, settingsOf } from './guardrail-draft.ts'
import { DataFields, LimitFields, NameFields, ReachFields } from './guardrail-fields.tsx'

const { createGuardrail, getGuardrail, listGuardrails, updateGuardrail } = GUARDRAIL_OPERATIONS

interface GuardrailDialogProps {
  wire?: GuardrailWire
  /** The default one of the workspace, which begins to exist by being changed. */
  isDefault?: boolean
  isOpen: boolean
  onClose: () => void
}

/** A new guardrail or, with one, its change. */
export function GuardrailDialog({ wire, isDefault = false, isOpen, onClose }: GuardrailDialogProps) {
  const title = wire === undefined ? 'New guardrail' : `Change ${wire.name}`
  return (
    <Dialog
      title={isDefault ? 'Default guardrail' : title}
      description={
        isDefault
          ? 'It holds for every key of the workspace, from the next request on.'
          : 'It counts from the next request on.'
      }
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <GuardrailForm wire={wire} isDefault={isDefault} onClose={onClose} />
    </Dialog>
  )
}

function GuardrailForm({
  wire,
  isDefault,
  onClose,
}: {
  wire: GuardrailWire | undefined
  isDefault: boolean
  onClose: () => void
}) {
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
  const submit = () => {
    const { name, ...settings } = settingsOf(draft, wire)
    if (isDefault) update.mutate({ id: workspace.default_guardrail_id, ...settings })
    else if (wire === undefined) create.mutate({ name, ...settings, workspace_id: workspace.id })
    else update.mutate({ id: wire.id, name, ...settings })
  }
  const set = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes })
  return (
    <Form
      error={create.error ?? update.error}
      onSubmit={submit}
      actions={
        <SaveActions
          operation={wire === undefined && !isDefault ? createGuardrail : updateGuardrail}
          isBusy={create.isPending || update.isPending}
          onCancel={onClose}
        />
      }
    >
      <NameFields draft={draft} set={set} isNamed={!isDefault} />
      <ReachFields draft={draft} set={set} />
      <DataFields draft={draft} set={set} />
      <LimitFields draft={draft} set={set} />
      <FilterFields draft={draft} set={set} />
    </Form>
  )
}
