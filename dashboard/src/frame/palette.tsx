import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { useEffect, useRef } from 'react'
import { listKeys } from '../../../src/contract/management/keys.ts'
import { isHeldAnywhere, reachOf } from '../access/access.ts'
import { useSession } from '../access/session.tsx'
import { useOperation } from '../api/use-operation.ts'
import { ORGANIZATION_PAGES, WORKSPACE_PAGES } from '../pages/pages.ts'
import { pathIn } from './rail.tsx'
import { useCurrentWorkspace, useWorkspaces } from './workspaces.tsx'

interface Target {
  label: string
  note?: string
  to: string
}

/** ⌘K: pages, workspaces and keys by name. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal()
    if (!isOpen && dialog.current?.open === true) dialog.current.close()
  }, [isOpen])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it, and so does Escape.
    <dialog
      ref={dialog}
      aria-label="Find"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
      className="mx-auto mt-[12vh] mb-auto w-[calc(100vw-32px)] max-w-[560px] rounded-md border border-line-strong bg-surface p-0 shadow-xl"
    >
      {isOpen ? <PaletteContent onClose={onClose} /> : null}
    </dialog>
  )
}

function PaletteContent({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const groups = useTargets()
  const open = ({ to }: Target) => {
    onClose()
    void navigate({ to })
  }
  return (
    <Command label="Find" loop>
      <Command.Input
        autoFocus
        placeholder="Find pages, workspaces, keys"
        className="w-full border-b border-line bg-transparent px-4 py-3 text-lg outline-none"
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="px-2 py-6 text-center text-muted">Nothing is called that.</Command.Empty>
        {groups.map(({ title, targets }) =>
          targets.length === 0 ? null : (
            <Command.Group
              key={title}
              heading={title}
              className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
            >
              {targets.map((target) => (
                <Command.Item
                  key={target.to}
                  value={`${target.label} ${target.note ?? ''} ${target.to}`}
                  onSelect={() => open(target)}
                  className="flex cursor-pointer items-center justify-between gap-3 rounded-md px-2 py-1.5 data-[selected=true]:bg-raised"
                >
                  <span className="truncate">{target.label}</span>
                  <span className="truncate font-mono text-xs text-muted">{target.note}</span>
                </Command.Item>
              ))}
            </Command.Group>
          ),
        )}
      </Command.List>
    </Command>
  )
}

function useTargets(): { title: string; targets: Target[] }[] {
  const { access } = useSession()
  const workspace = useCurrentWorkspace()
  const workspaces = useWorkspaces()
  const seesKeys = isHeldAnywhere(access, 'key:read')
  const keys = useOperation(listKeys, { include_disabled: true }, { enabled: seesKeys })
  const here = WORKSPACE_PAGES.filter(({ permission }) => reachOf(access, permission, workspace?.id) !== undefined)
  const everywhere = ORGANIZATION_PAGES.filter(({ permission }) => isHeldAnywhere(access, permission))
  return [
    {
      title: 'Pages',
      targets: [
        ...(workspace === undefined
          ? []
          : here.map((page) => ({ label: page.title, to: pathIn(workspace.slug, page) }))),
        ...everywhere.map(({ title, path }) => ({ label: title, to: `/${path}` })),
      ],
    },
    {
      title: 'Workspaces',
      targets: workspaces.map(({ name, slug }) => ({ label: name, note: slug, to: `/workspaces/${slug}` })),
    },
    {
      title: 'Keys',
      targets: (keys.data?.data ?? []).map(({ name, label, hash }) => ({
        label: name,
        note: label,
        to: `/keys/${hash}`,
      })),
    },
  ]
}
