import { useState } from 'react'
import { KEY_ROTATION_OPERATIONS } from '../../../../src/contract/management/key-rotation.ts'
import { type KeyWire, listKeys } from '../../../../src/contract/management/keys.ts'
import type { ResponseOf } from '../../../../src/contract/operation.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-text.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { type DeliveryDraft, targetOf } from './delivery-draft.ts'
import { DeliveryFields } from './delivery-fields.tsx'

const OVERLAPS = [
  { value: '0', label: 'ends at once' },
  { value: '3600', label: 'works for 1 more hour' },
  { value: '86400', label: 'works for 1 more day' },
  { value: '604800', label: 'works for 7 more days' },
  { value: '2592000', label: 'works for 30 more days' },
]

interface RotateKeyDialogProps {
  wire: KeyWire
  isOpen: boolean
  /** With the hash that the key now has, where it was rotated. */
  onClose: (hash?: string) => void
}

/** A new secret for the same key: limits, guardrails and what was spent go on. */
export function RotateKeyDialog({ wire, isOpen, onClose }: RotateKeyDialogProps) {
  const [overlap, setOverlap] = useState('86400')
  const [delivery, setDelivery] = useState<DeliveryDraft>({ choice: '', fields: {} })
  const rotate = useChange(KEY_ROTATION_OPERATIONS.rotateKeys, { refreshes: [listKeys] })
  const { data } = rotate
  const close = () => {
    rotate.reset()
    onClose(data?.data.hash)
  }
  const submit = () => {
    const target = delivery.choice === 'stored' ? { type: 'stored' as const } : targetOf(delivery)
    rotate.mutate({
      hash: wire.hash,
      overlap_seconds: Number(overlap),
      ...(target === undefined ? {} : { deliver: target }),
    })
  }
  return (
    <Dialog
      title="Rotate the key"
      description="It gets a new secret. Limits, guardrails and what it spent stay with it."
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {data === undefined ? (
        <Form
          error={rotate.error}
          onSubmit={submit}
          actions={
            <SaveActions
              action="Rotate"
              operation={KEY_ROTATION_OPERATIONS.rotateKeys}
              isBusy={rotate.isPending}
              onCancel={close}
            />
          }
        >
          <SelectField
            label="The secret before"
            field="overlap_seconds"
            value={overlap}
            onChange={(event) => setOverlap(event.target.value)}
            choices={OVERLAPS}
          />
          <DeliveryFields
            label="The new secret"
            none="is shown here, once"
            stored={wire.deliver}
            draft={delivery}
            onChange={setDelivery}
          />
        </Form>
      ) : (
        <Rotated answer={data} onDone={close} />
      )}
    </Dialog>
  )
}

function Rotated({
  answer: { delivery, key, previous_valid_until },
  onDone,
}: {
  answer: ResponseOf<typeof KEY_ROTATION_OPERATIONS.rotateKeys>
  onDone: () => void
}) {
  return (
    <div className="flex flex-col gap-4">
      {key === undefined ? (
        <p>It is on its way to {delivery?.destination}. What becomes of it stands at the key, under rotation.</p>
      ) : (
        <div className="flex items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
          <div className="min-w-0 flex-1">
            <TextField label="New key, shown once" readOnly isMono value={key} />
          </div>
          <CopyButton text={key} label="Copy" />
        </div>
      )}
      <p className="text-muted">{overlapText(previous_valid_until, delivery !== null)}</p>
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          {key === undefined ? 'Close' : 'I have kept it'}
        </Button>
      </DialogActions>
    </div>
  )
}

function overlapText(until: string | null, isDelivered: boolean) {
  if (until !== null)
    return (
      <>
        The secret before ends <When iso={until} />. Both draw on the same limits until then.
      </>
    )
  return isDelivered ? 'The secret before works until the new one has arrived.' : 'The secret before works no more.'
}
