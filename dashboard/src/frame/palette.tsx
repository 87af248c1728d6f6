import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { useEffect, useRef, useState } from 'react'
import { type Target, useTargets } from './palette-targets.ts'

/** ⌘K: pages, workspaces, members, keys and models by name, requests by id. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) {
      dialog.current.showModal()
      // The browser would focus what surrounds the field, where nothing can be typed.
      dialog.current.querySelector('input')?.focus()
    }
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
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState('')
  const { groups, isAsking } = useTargets(text)
  const ids = groups.flatMap(({ title, targets }) => targets.map((target) => idOf(title, target)))
  const open = ({ to, search = {} }: Target) => {
    onClose()
    void navigate({ to, search: search as never })
  }
  return (
    // What is found later must not leave Enter without anything to open.
    <Command
      label="Find"
      loop
      shouldFilter={false}
      value={ids.includes(chosen) ? chosen : (ids[0] ?? '')}
      onValueChange={setChosen}
    >
      <Command.Input
        value={text}
        onValueChange={(next) => {
          setText(next)
          setChosen('')
        }}
        placeholder="Find pages, people, keys, models, requests by id"
        className="w-full border-b border-line bg-transparent px-4 py-3 text-lg outline-none"
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="px-2 py-6 text-center text-muted">
          {isAsking ? 'Looking…' : 'Nothing is called that.'}
        </Command.Empty>
        {groups.map(({ title, targets }) => (
          <Command.Group
            key={title}
            heading={title}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
          >
            {targets.map((target) => (
              <Command.Item
                key={idOf(title, target)}
                value={idOf(title, target)}
                onSelect={() => open(target)}
                className="flex cursor-pointer items-center justify-between gap-3 rounded-md px-2 py-1.5 data-[selected=true]:bg-raised"
              >
                <span className="truncate">{target.label}</span>
                <span className="max-w-1/2 shrink-0 truncate font-mono text-xs text-muted">{target.note}</span>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  )
}

/** A workspace and its overview are at one address. */
function idOf(title: string, { to, search }: Target): string {
  return `${title} ${to} ${JSON.stringify(search ?? {})}`
}
