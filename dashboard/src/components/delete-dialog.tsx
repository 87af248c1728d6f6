import type { ReactNode } from 'react'
import type { Operation, RequestOf, ResponseOf } from '../../../src/contract/operation.ts'
import { useChange } from '../api/use-operation.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

interface DeleteDialogProps<O extends Operation> {
  /** In the title and on the button: `Delete the rule`. */
  action: string
  /** Must be typed before anything happens. */
  typed?: string | undefined
  operation: O
  /** What is to be deleted; the dialog is open while there is something. */
  input: RequestOf<O> | undefined
  refreshes: readonly Operation[]
  onDone?: (answer: ResponseOf<O>) => void
  onClose: () => void
  /** What will be lost. */
  children: ReactNode
}

/** Asks once more, deletes, and closes when it is gone. */
export function DeleteDialog<O extends Operation>({ operation, input, refreshes, ...props }: DeleteDialogProps<O>) {
  const { action, typed, onDone, onClose, children } = props
  const close = () => {
    remove.reset()
    onClose()
  }
  const remove = useChange(operation, {
    refreshes,
    onDone: (answer) => {
      close()
      onDone?.(answer)
    },
  })
  return (
    <ConfirmDialog
      title={action}
      action={action}
      operation={operation}
      typed={typed}
      isOpen={input !== undefined}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (input !== undefined) remove.mutate(input)
      }}
      onClose={close}
    >
      {children}
    </ConfirmDialog>
  )
}
