import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Check, ChevronsUpDown, Plus } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import type { WorkspaceWire } from '../../../src/contract/management/workspaces.ts'
import { useReach } from '../access/session.tsx'
import { WorkspaceSquare } from './workspace-square.tsx'
import { rememberWorkspace, useCurrentWorkspace, useWorkspaces } from './workspaces.tsx'

const ITEM =
  'flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 data-[selected=true]:bg-raised [&_svg]:shrink-0'

/** Name, slug and colour of the workspace one is in, and the way into another: type to filter. */
export function WorkspaceSwitcher({ onChosen }: { onChosen: () => void }) {
  const [isOpen, setOpen] = useState(false)
  const current = useCurrentWorkspace()
  const go = useWorkspaceNavigation(() => {
    setOpen(false)
    onChosen()
  })
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-raised">
        <WorkspaceSquare slug={current?.slug ?? ''} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{current?.name ?? 'No workspace'}</span>
          <span className="block truncate font-mono text-xs text-muted">{current?.slug ?? 'choose one'}</span>
        </span>
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-faint" />
        <span className="sr-only">Switch workspace</span>
      </Popover.Trigger>
      <Popover.Content
        align="start"
        sideOffset={4}
        collisionPadding={8}
        aria-label="Workspaces"
        className="z-50 w-72 rounded-md border border-line-strong bg-surface shadow-lg"
      >
        <WorkspaceList current={current} onChoose={go} />
      </Popover.Content>
    </Popover.Root>
  )
}

function WorkspaceList({
  current,
  onChoose,
}: {
  current: WorkspaceWire | undefined
  onChoose: (workspace: WorkspaceWire | 'new') => void
}) {
  const workspaces = useWorkspaces()
  const mayCreate = useReach('workspace:create') !== undefined
  return (
    <Command label="Workspaces" loop>
      <Command.Input
        placeholder="Find a workspace"
        className="w-full border-b border-line bg-transparent px-3 py-2 outline-none"
      />
      <Command.List className="max-h-72 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-4 text-center text-muted">No workspace is called that.</Command.Empty>
        {workspaces.map((workspace) => (
          <Command.Item
            key={workspace.id}
            value={`${workspace.name} ${workspace.slug}`}
            onSelect={() => onChoose(workspace)}
            className={ITEM}
          >
            <WorkspaceSquare slug={workspace.slug} />
            <span className="min-w-0 flex-1 truncate">{workspace.name}</span>
            <span className="max-w-24 truncate font-mono text-xs text-muted">{workspace.slug}</span>
            {workspace.id === current?.id ? <Check aria-label="Current" className="size-4" /> : null}
          </Command.Item>
        ))}
        {mayCreate ? (
          <Command.Item value="new workspace create" onSelect={() => onChoose('new')} className={ITEM}>
            <Plus aria-hidden className="size-4" />
            New workspace
          </Command.Item>
        ) : null}
      </Command.List>
    </Command>
  )
}

/** Into another workspace: its overview. */
function useWorkspaceNavigation(onGone: () => void) {
  const navigate = useNavigate()
  return (target: WorkspaceWire | 'new') => {
    if (target !== 'new') rememberWorkspace(target)
    void navigate({ to: target === 'new' ? '/new-workspace' : `/workspaces/${target.slug}` })
    onGone()
  }
}
