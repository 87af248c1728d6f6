import { Pencil, Power, Send, Trash2 } from 'lucide-react'
import type { Operation } from '../../../../src/contract/operation.ts'
import { MenuItem, MenuRule } from '../../components/menu.tsx'
import { RowMenu } from '../../components/row-menu.tsx'

interface AlertMenuProps {
  name: string
  isOn: boolean
  operations: Record<'update' | 'test' | 'remove', Pick<Operation, 'id'>>
  onEdit: () => void
  onTest: () => void
  onToggle: () => void
  onDelete: () => void
}

/** What can be done with a rule or a channel. */
export function AlertMenu({ name, isOn, operations, onEdit, onTest, onToggle, onDelete }: AlertMenuProps) {
  return (
    <RowMenu name={name}>
      <MenuItem operation={operations.update} onSelect={onEdit}>
        <Pencil />
        Change
      </MenuItem>
      <MenuItem operation={operations.test} onSelect={onTest}>
        <Send />
        Send a test
      </MenuItem>
      <MenuItem operation={operations.update} onSelect={onToggle}>
        <Power />
        {isOn ? 'Turn off' : 'Turn on'}
      </MenuItem>
      <MenuRule />
      <MenuItem isDanger operation={operations.remove} onSelect={onDelete}>
        <Trash2 />
        Delete
      </MenuItem>
    </RowMenu>
  )
}
