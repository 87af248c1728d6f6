import { CopyButton } from './copy-text.tsx'
import { TextField } from './field.tsx'

/** A secret in a field that is hard to lose: nobody sees it again. */
export function ShownOnce({ label, secret }: { label: string; secret: string }) {
  return (
    <div className="flex flex-wrap items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
      <div className="min-w-56 flex-1">
        <TextField label={label} readOnly isMono value={secret} onFocus={(event) => event.currentTarget.select()} />
      </div>
      <CopyButton text={secret} label="Copy" />
    </div>
  )
}
