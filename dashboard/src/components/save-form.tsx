import type { ReactNode } from 'react'
import type { Operation } from '../../../src/contract/operation.ts'
import { Form, SaveActions } from './form.tsx'

interface Sending {
  error: Error | null
  isPending: boolean
}

interface SaveFormProps {
  /** What sending it carries out. */
  operation: Pick<Operation, 'id'>
  action?: string
  /** How that goes: of making a new thing, and of changing one. */
  sendings: readonly Sending[]
  /** Wrong before it is sent. */
  fault?: Error | null
  onSubmit: () => void
  onCancel: () => void
  children: ReactNode
}

/** A form of a dialog that makes a new thing or changes one. */
export function SaveForm({ operation, action, sendings, fault = null, onSubmit, onCancel, children }: SaveFormProps) {
  const failed = sendings.find(({ error }) => error !== null)
  return (
    <Form
      error={fault ?? failed?.error ?? null}
      onSubmit={onSubmit}
      actions={
        <SaveActions
          {...(action === undefined ? {} : { action })}
          operation={operation}
          isBusy={sendings.some(({ isPending }) => isPending)}
          onCancel={onCancel}
        />
      }
    >
      {children}
    </Form>
  )
}
