import { useState } from 'react'
import { KEY_ROTATION_OPERATIONS, type KeyRotationWire } from '../../../../src/contract/management/key-rotation.ts'
import { getKey, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { toast } from '../../components/toast.tsx'
import { type DeliveryDraft, targetOf } from './delivery-draft.ts'
import { DeliveryFields } from './delivery-fields.tsx'

/** How often a key gets a new secret by itself, and where that goes. */
export function RotationPlanDialog({
  plan,
  isOpen,
  onClose,
}: {
  plan: KeyRotationWire
  isOpen: boolean
  onClose: () => void
}) {
  return (
    <Dialog
      title="Rotate on a schedule"
      description="The key gets a new secret by itself, which goes where you say. The secret before works until the new one has arrived and was used."
      isOpen={isOpen}
      onClose={onClose}
    >
      <PlanForm plan={plan} onClose={onClose} />
    </Dialog>
  )
}

function PlanForm({ plan, onClose }: { plan: KeyRotationWire; onClose: () => void }) {
  const [days, setDays] = useState(plan.rotate_every_days === null ? '' : String(plan.rotate_every_days))
  const [delivery, setDelivery] = useState<DeliveryDraft>({ choice: plan.deliver === null ? '' : 'stored', fields: {} })
  const save = useChange(updateKeys, {
    refreshes: [listKeys, getKey, KEY_ROTATION_OPERATIONS.getKeyRotation],
    onDone: ({ data }) => {
      toast(
        data.rotate_every_days === null ? 'It is rotated by hand.' : `Rotated every ${data.rotate_every_days} days.`,
      )
      onClose()
    },
  })
  const submit = () => {
    const target = targetOf(delivery)
    save.mutate({
      hash: plan.hash,
      rotate_every_days: days === '' ? null : Number(days),
      ...(target === undefined ? {} : { deliver: target }),
      ...(delivery.choice === '' && plan.deliver !== null ? { deliver: null } : {}),
    })
  }
  return (
    <Form
      error={save.error}
      onSubmit={submit}
      actions={<SaveActions operation={updateKeys} isBusy={save.isPending} onCancel={onClose} />}
    >
      <TextField
        label="Every so many days"
        hint="1 to 365; nothing to rotate by hand only."
        field="rotate_every_days"
        type="number"
        min="1"
        max="365"
        value={days}
        onChange={(event) => setDays(event.target.value)}
      />
      <DeliveryFields
        label="New secrets go to"
        none="nowhere"
        stored={plan.deliver}
        draft={delivery}
        onChange={setDelivery}
      />
    </Form>
  )
}
