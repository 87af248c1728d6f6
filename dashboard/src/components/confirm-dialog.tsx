import { type ReactNode, useState } from 'react'
import type { Operation } from '../../../src/contract/operation.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'
import { TextField } from './field.tsx'
import { FailureNote } from './states.tsx'

interface ConfirmDialogProps {
  title: string
  /** What will be lost. */
  children: ReactNode
  /** Must be typed before anything happens; where nothing is lost for good there is none. */
  typed?: string | undefined
  action: string
  operation: Pick<Operation, 'id'>
  isOpen: boolean
  isBusy: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
}

/** Asks once more before something that can't be undone. */
export function ConfirmDialog({ title, children, typed, action, operation, ...props }: ConfirmDialogProps) {
  const { isOpen, isBusy, error, onConfirm, onClose } = props
  const [text, setText] = useState('')
  const close = () => {
    setText('')
    onClose()
  }
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close} isForgetful>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onConfirm()
        }}
        className="flex flex-col gap-4"
      >
        <div className="flex flex-col gap-2">{children}</div>
        {typed === undefined ? null : (
          <TextField
            label={`Type ${typed} to confirm`}
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            isMono
          />
        )}
        <FailureNote error={error} />
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button
            data-operation={operation.id}
            type="submit"
            look="danger"
            isBusy={isBusy}
            disabled={typed !== undefined && text !== typed}
          >
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
