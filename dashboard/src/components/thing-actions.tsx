import type { Operation } from '../../../src/contract/operation.ts'
import { Button } from './button.tsx'
import { FailureNote } from './states.tsx'

interface ThingActionsProps {
  operations: Record<'update' | 'remove', Pick<Operation, 'id'>>
  isOn: boolean
  /** Of switching it on and off. */
  toggle: { isPending: boolean; error: Error | null }
  onEdit: () => void
  onToggle: () => void
  onDelete: () => void
}

/** Changing, switching and deleting what a drawer shows. */
export function ThingActions({ operations, isOn, toggle, onEdit, onToggle, onDelete }: ThingActionsProps) {
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button data-operation={operations.update.id} onClick={onEdit}>
          Change
        </Button>
        <Button data-operation={operations.update.id} isBusy={toggle.isPending} onClick={onToggle}>
          {isOn ? 'Disable' : 'Enable'}
        </Button>
        <Button data-operation={operations.remove.id} className="text-danger" onClick={onDelete}>
          Delete
        </Button>
      </div>
      <FailureNote error={toggle.error} />
    </>
  )
}
