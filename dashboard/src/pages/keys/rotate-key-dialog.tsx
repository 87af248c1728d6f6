import { type FormEvent, useState } from 'react'
import { KEY_ROTATION_OPERATIONS } from '../../../../src/contract/management/key-rotation.ts'
import { type KeyWire, listKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-text.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { FailureNote } from '../../components/states.tsx'

const OVERLAPS = [
  { value: '0', label: 'ends at once' },
  { value: '3600', label: 'works for 1 more hour' },
  { value: '86400', label: 'works for 1 more day' },
  { value: '604800', label: 'works for 7 more days' },
]

/** A new secret for the same key: limits, guardrails and what was spent go on. */
export function RotateKeyDialog({ wire, isOpen, onClose }: { wire: KeyWire; isOpen: boolean; onClose: () => void }) {
  const [overlap, setOverlap] = useState('86400')
  const rotate = useChange(KEY_ROTATION_OPERATIONS.rotateKeys, { refreshes: [listKeys] })
  const close = () => {
    rotate.reset()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rotate.mutate({ hash: wire.hash, overlap_seconds: Number(overlap) })
  }
  const { data } = rotate
  return (
    <Dialog
      title="Rotate the key"
      description="It gets a new secret. Limits, guardrails and what it spent stay with it."
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {data === undefined ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <SelectField
            label="The secret before"
            value={overlap}
            onChange={(event) => setOverlap(event.target.value)}
            choices={OVERLAPS}
          />
          <FailureNote error={rotate.error} />
          <DialogActions>
            <Button onClick={close}>Cancel</Button>
            <Button
              data-operation={KEY_ROTATION_OPERATIONS.rotateKeys.id}
              type="submit"
              look="primary"
              isBusy={rotate.isPending}
            >
              Rotate
            </Button>
          </DialogActions>
        </form>
      ) : (
        <div className="flex flex-col gap-4">
          <div className="flex items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
            <div className="min-w-0 flex-1">
              <TextField label="New key, shown once" readOnly isMono value={data.key ?? 'delivered'} />
            </div>
            <CopyButton text={data.key ?? ''} label="Copy" />
          </div>
          <p className="text-muted">
            {data.previous_valid_until === null ? (
              'The secret before works no more.'
            ) : (
              <>
                The secret before ends <When iso={data.previous_valid_until} />. Both draw on the same limits until
                then.
              </>
            )}
          </p>
          <DialogActions>
            <Button look="primary" onClick={close}>
              I have kept it
            </Button>
          </DialogActions>
        </div>
      )}
    </Dialog>
  )
}
