import { type ReactNode, useId, useState } from 'react'
import type { Choice } from './field.tsx'
import { useFault } from './form.tsx'

const FIND_FROM = 8

/** Any number out of a list, which can be searched where it is long. */
export function CheckList({
  label,
  field,
  hint,
  choices,
  chosen,
  onChange,
  empty = 'There is nothing to choose from.',
}: {
  label: string
  /** What the API calls it. */
  field?: string
  hint?: ReactNode
  choices: readonly Choice[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  empty?: string
}) {
  const [text, setText] = useState('')
  const id = useId()
  const fault = useFault(field)
  const shown = choices.filter((choice) => choice.label.toLowerCase().includes(text.trim().toLowerCase()))
  const toggle = (value: string, isChosen: boolean) =>
    onChange(isChosen ? [...chosen, value] : chosen.filter((other) => other !== value))
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      {choices.length >= FIND_FROM ? (
        <input
          type="search"
          aria-label={`Find: ${label}`}
          placeholder="Find"
          className="control"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : null}
      <div className="max-h-48 overflow-y-auto rounded-md border border-line-strong">
        {shown.length === 0 ? <p className="px-3 py-2 text-sm text-muted">{empty}</p> : null}
        {shown.map((choice) => (
          <div key={choice.value} className="flex items-start gap-2 px-3 py-1.5 hover:bg-raised">
            <input
              id={`${id}-${choice.value}`}
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen.includes(choice.value)}
              onChange={(event) => toggle(choice.value, event.target.checked)}
            />
            <label htmlFor={`${id}-${choice.value}`} className="min-w-0 flex-1 break-words">
              {choice.label}
            </label>
          </div>
        ))}
      </div>
      {hint === undefined ? null : <p className="text-sm text-muted">{hint}</p>}
      {fault === undefined ? null : <p className="text-sm text-danger">{fault}</p>}
    </fieldset>
  )
}
