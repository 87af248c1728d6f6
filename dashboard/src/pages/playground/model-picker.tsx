import { Command } from 'cmdk'
import { ChevronsUpDown, ImageIcon, X } from 'lucide-react'
import { useState } from 'react'
import type { ModelWire } from '../../../../src/contract/inference/model-wire.ts'
import { IconButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { formatCount } from '../../format/figures.ts'
import { formatTokenPrice } from '../../format/money.ts'

interface ModelPickerProps {
  /** Tells several apart for those who hear the page. */
  label: string
  models: readonly ModelWire[]
  chosen: string
  onChoose: (model: string) => void
  /** Absent on the only one. */
  onRemove?: (() => void) | undefined
}

/** Which model answers, out of those that this workspace may use. */
export function ModelPicker({ label, models, chosen, onChoose, onRemove }: ModelPickerProps) {
  const [isOpen, setOpen] = useState(false)
  const model = models.find(({ id }) => id === chosen)
  return (
    <div className="flex min-w-0 flex-1 basis-56 items-center gap-1">
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="control flex h-auto min-w-0 items-center gap-2 py-1.5 text-left hover:bg-raised"
      >
        <span className="sr-only">{label}:</span>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">
            {model?.name ?? (chosen === '' ? 'Choose a model' : chosen)}
          </span>
          <span className="block truncate text-xs text-muted">
            {model === undefined ? (chosen === '' ? '' : 'Not among the models you may use here') : chosen}
          </span>
        </span>
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-faint" />
      </button>
      {onRemove === undefined ? null : (
        <IconButton label={`Remove ${label.toLowerCase()}`} onClick={onRemove}>
          <X />
        </IconButton>
      )}
      <Dialog
        title="Choose a model"
        description="The models that your guardrails and the organization leave, at their price per million tokens."
        isOpen={isOpen}
        onClose={() => setOpen(false)}
      >
        <ModelList
          models={models}
          onChoose={(id) => {
            setOpen(false)
            onChoose(id)
          }}
        />
      </Dialog>
    </div>
  )
}

function ModelList({ models, onChoose }: { models: readonly ModelWire[]; onChoose: (id: string) => void }) {
  const [text, setText] = useState('')
  const name = text.trim()
  return (
    <Command label="Models" loop filter={matches}>
      <Command.Input
        autoFocus
        placeholder="Find a model"
        className="control mb-2"
        value={text}
        onValueChange={setText}
      />
      <Command.List className="max-h-[50vh] overflow-y-auto" tabIndex={0}>
        <Command.Empty className="py-6 text-center text-muted">No model that you may use is called that.</Command.Empty>
        {models.map(({ id, name, pricing, context_length, architecture }) => (
          <Command.Item
            key={id}
            value={`${name} ${id}`}
            onSelect={() => onChoose(id)}
            className="flex cursor-pointer items-center gap-3 rounded-md px-2 py-1.5 data-[selected=true]:bg-raised"
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate">{name}</span>
              <span className="block truncate font-mono text-xs text-muted">{id}</span>
            </span>
            {architecture.input_modalities.includes('image') ? (
              <ImageIcon aria-label="Takes images" className="size-4 shrink-0 text-muted" />
            ) : null}
            <span className="figures shrink-0 text-right text-xs text-muted">
              {formatTokenPrice(pricing.prompt)} / {formatTokenPrice(pricing.completion)}
              <br />
              {context_length === null ? '' : formatCount(context_length)}
            </span>
          </Command.Item>
        ))}
        {name === '' || models.some(({ id }) => id === name) ? null : (
          // Variants and presets are in no list.
          <Command.Item
            forceMount
            value={`as it is: ${name}`}
            onSelect={() => onChoose(name)}
            className="cursor-pointer rounded-md px-2 py-1.5 text-muted data-[selected=true]:bg-raised"
          >
            Ask for “{name}” as it is
          </Command.Item>
        )}
      </Command.List>
    </Command>
  )
}

/** Where every word is in it; the list's own way finds letters far apart. */
function matches(value: string, text: string): number {
  const words = text.toLowerCase().split(/\s+/)
  return words.every((word) => value.toLowerCase().includes(word)) ? 1 : 0
}
