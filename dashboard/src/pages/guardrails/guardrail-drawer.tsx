import { useState } from 'react'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { FilterTester } from './filter-tester.tsx'
import { GuardrailAssignments } from './guardrail-assignments.tsx'
import { GuardrailDialog } from './guardrail-dialog.tsx'
import { GuardrailFindings } from './guardrail-findings.tsx'
import { ModelPreview } from './model-preview.tsx'
import { summaryOf } from './summary.ts'

/** One guardrail: what it does, for whom, what it leaves, and a place to try it. */
export function GuardrailDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Guardrail" place="side" size="wide" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Guardrail id={id} onDeleted={onClose} />}
    </Dialog>
  )
}

function Guardrail({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const guardrail = useOperation(GUARDRAIL_OPERATIONS.getGuardrail, { id })
  return (
    <Loaded query={guardrail} what="the guardrail" rows={4}>
      {({ data }) => <Details wire={data} onDeleted={onDeleted} />}
    </Loaded>
  )
}

function Details({ wire, onDeleted }: { wire: GuardrailWire; onDeleted: () => void }) {
  const workspace = useWorkspace()
  const mayAssign = useReach('assignment:read', workspace.id) !== undefined
  const tabs = [
    { id: 'try', label: 'Try it', content: <FilterTester id={wire.id} /> },
    { id: 'findings', label: 'What it found', content: <GuardrailFindings id={wire.id} /> },
    { id: 'models', label: 'What it leaves', content: <ModelPreview id={wire.id} /> },
    ...(mayAssign ? [{ id: 'for', label: 'For whom', content: <GuardrailAssignments wire={wire} /> }] : []),
  ]
  return (
    <div className="flex flex-col gap-5">
      <div>
        <h3 className="text-lg font-semibold break-words">{wire.name}</h3>
        {wire.description === null ? null : <p className="text-muted">{wire.description}</p>}
        <ul className="mt-2 list-disc pl-5">
          {summaryOf(wire).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {wire.narrowed_by.map(({ field, values }) => (
          <p key={field} className="mt-2 text-sm text-accent-text">
            The organization's policy narrows {field.replaceAll('_', ' ')}
            {values === null ? '' : `: ${values.join(', ')} has no effect`}.
          </p>
        ))}
      </div>
      <Actions wire={wire} onDeleted={onDeleted} />
      <Tabs label="Guardrail" tabs={tabs} />
    </div>
  )
}

function Actions({ wire, onDeleted }: { wire: GuardrailWire; onDeleted: () => void }) {
  const workspace = useWorkspace()
  const mayWrite = useReach('guardrail:write', workspace.id) !== undefined
  const [open, setOpen] = useState<'edit' | 'delete'>()
  const close = () => setOpen(undefined)
  const remove = useChange(GUARDRAIL_OPERATIONS.deleteGuardrail, {
    refreshes: [GUARDRAIL_OPERATIONS.listGuardrails],
    onDone: () => {
      toast('Deleted.')
      onDeleted()
    },
  })
  if (!mayWrite) return null
  return (
    <div className="flex gap-2">
      <Button data-operation={GUARDRAIL_OPERATIONS.updateGuardrail.id} onClick={() => setOpen('edit')}>
        Change
      </Button>
      <Button
        data-operation={GUARDRAIL_OPERATIONS.deleteGuardrail.id}
        className="text-danger"
        onClick={() => setOpen('delete')}
      >
        Delete
      </Button>
      <GuardrailDialog
        wire={wire}
        isDefault={wire.id === workspace.default_guardrail_id}
        isOpen={open === 'edit'}
        onClose={close}
      />
      <ConfirmDialog
        operation={GUARDRAIL_OPERATIONS.deleteGuardrail}
        title="Delete the guardrail"
        typed={wire.name.slice(0, 40).trim()}
        action="Delete the guardrail"
        isOpen={open === 'delete'}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ id: wire.id })}
        onClose={close}
      >
        <p>The keys and members that it is assigned to may then do what it kept from them.</p>
      </ConfirmDialog>
    </div>
  )
}
