import { type FormEvent, type ReactNode, useState } from 'react'
import type { Operation } from '../../../../src/contract/operation.ts'
import { Button } from '../../components/button.tsx'
import { DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'

interface MovementFormProps {
  action: string
  operation: Pick<Operation, 'id'>
  error: Error | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (movement: { amount_usd: number; note: string | null }) => void
  /** What else is asked for, between amount and note. */
  children?: ReactNode
}

/** An amount and what it is for. */
export function MovementForm({ action, operation, error, isBusy, onCancel, onSubmit, children }: MovementFormProps) {
  const [amount, setAmount] = useState('')
  const [note, setNote] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({ amount_usd: Number(amount), note: note.trim() === '' ? null : note.trim() })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Amount"
        unit="$"
        type="number"
        required
        min="0.000000001"
        max="1000000"
        step="any"
        value={amount}
        onChange={(event) => setAmount(event.target.value)}
      />
      {children}
      <TextField label="Note" maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
      <FailureNote error={error} />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button data-operation={operation.id} type="submit" look="primary" isBusy={isBusy}>
          {action}
        </Button>
      </DialogActions>
    </form>
  )
}
