import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import type { Operation } from '../../../src/contract/operation.ts'
import { type Fault, faultAt, faultsOf, isAt } from '../api/faults.ts'
import { RequestFailed } from '../api/request-failed.ts'
import { Button } from './button.tsx'
import { DialogActions } from './dialog.tsx'
import { FailureNote } from './states.tsx'

interface Faults {
  faults: readonly Fault[]
  /** Has what the API says of the field shown there; takes it back when called. */
  claim: (field: string) => () => void
}

const FaultsContext = createContext<Faults>({ faults: [], claim: () => () => {} })

/** What the API said of the field when it last refused the form around it. */
export function useFault(field: string | undefined): string | undefined {
  const { faults, claim } = useContext(FaultsContext)
  useEffect(() => (field === undefined ? undefined : claim(field)), [field, claim])
  return field === undefined ? undefined : faultAt(faults, field)
}

/**
 * What is sent together. `error` is what became of the last try: what it says of a field stands there, the rest at the end, and
 * the first field that is wrong gets the focus. `actions` come after it.
 */
export function Form({
  error,
  onSubmit,
  actions,
  children,
}: {
  error: Error | null
  onSubmit: () => void
  actions?: ReactNode
  children: ReactNode
}) {
  const form = useRef<HTMLFormElement>(null)
  const [claimed, setClaimed] = useState<readonly string[]>([])
  const faults = useMemo(() => faultsOf(error), [error])
  const context = useMemo(
    () => ({
      faults,
      claim: (field: string) => {
        setClaimed((fields) => [...fields, field])
        return () => setClaimed((fields) => fields.toSpliced(fields.indexOf(field), 1))
      },
    }),
    [faults],
  )
  useEffect(() => {
    if (error === null) return
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    wrong?.closest('details')?.setAttribute('open', '')
    wrong?.focus()
  }, [error])
  return (
    <FaultsContext value={context}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
        className="flex flex-col gap-4"
      >
        {children}
        <FailureNote error={unclaimed(error, faults, claimed)} />
        {actions}
      </form>
    </FaultsContext>
  )
}

/** What no field shows. */
function unclaimed(error: Error | null, faults: readonly Fault[], claimed: readonly string[]): Error | null {
  const rest = faults.filter(({ field }) => !claimed.some((name) => isAt(field, name)))
  if (error === null || rest.length === 0) return null
  if (rest.length === faults.length || !(error instanceof RequestFailed)) return error
  const text = rest.map(({ field, text }) => (field === '' ? text : `${field}: ${text}`)).join('; ')
  return new RequestFailed(text, { status: error.status, requestId: error.requestId })
}

/** Leave it, or send it. */
export function SaveActions({
  action = 'Save',
  operation,
  isBusy,
  onCancel,
}: {
  action?: string
  /** What sending it carries out. */
  operation: Pick<Operation, 'id'>
  isBusy: boolean
  onCancel: () => void
}) {
  return (
    <DialogActions>
      <Button onClick={onCancel}>Cancel</Button>
      <Button data-operation={operation.id} type="submit" look="primary" isBusy={isBusy}>
        {action}
      </Button>
    </DialogActions>
  )
}
