import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import type { Operation } from '../../../src/contract/operation.ts'
import { classNames } from './class-names.ts'
import { useDialogAround } from './dialog.tsx'

/** What can be done with a thing, behind one button. */
export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
  const around = useDialogAround()
  return (
    // Not modal: locking the page's scroll would write an inline style, which our pages forbid.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal {...(around === undefined ? {} : { container: around })}>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 rounded-md border border-line-strong bg-surface p-1 shadow-lg"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  operation,
  onSelect,
  children,
  isDanger = false,
  isDisabled = false,
}: {
  /** What choosing it carries out, or leads to. */
  operation?: Pick<Operation, 'id'>
  onSelect: () => void
  children: ReactNode
  isDanger?: boolean
  isDisabled?: boolean
}) {
  return (
    <DropdownMenu.Item
      data-operation={operation?.id}
      onSelect={onSelect}
      disabled={isDisabled}
      className={classNames(
        'flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-disabled:cursor-default data-disabled:opacity-55 data-highlighted:bg-raised [&_svg]:size-4',
        isDanger && 'text-danger',
      )}
    >
      {children}
    </DropdownMenu.Item>
  )
}

export function MenuRule() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
