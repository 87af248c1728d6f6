import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { classNames } from './class-names.ts'

const SHOWN_MS = 1_500

function useCopy(text: string): { isCopied: boolean; copy: () => void } {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  return { isCopied, copy: () => void navigator.clipboard.writeText(text).then(() => setCopied(true)) }
}

/** An id or a slug, cut where there is no room, that a click copies whole. */
export function CopyText({ text, shown = text, className }: { text: string; shown?: string; className?: string }) {
  const { isCopied, copy } = useCopy(text)
  return (
    <button
      type="button"
      onClick={copy}
      title={`Copy ${text}`}
      className={classNames(
        'inline-flex max-w-full items-center gap-1 align-bottom font-mono text-sm hover:text-accent-text',
        className,
      )}
    >
      <span className="truncate">{shown}</span>
      {isCopied ? (
        <Check aria-label="Copied" className="size-3.5 shrink-0" />
      ) : (
        <Copy aria-hidden className="size-3.5 shrink-0 text-faint" />
      )}
    </button>
  )
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { isCopied, copy } = useCopy(text)
  const icon = isCopied ? <Check /> : <Copy />
  if (label === undefined)
    return (
      <IconButton label={isCopied ? 'Copied' : 'Copy'} onClick={copy}>
        {icon}
      </IconButton>
    )
  return (
    <Button onClick={copy}>
      {icon}
      {isCopied ? 'Copied' : label}
    </Button>
  )
}

/** Code that is there to be taken along. `shown` where not all of it is worth looking at. */
export function Snippet({ code, label, shown = code }: { code: string; label: string; shown?: string }) {
  return (
    <div className="flex items-start rounded-md border border-line bg-raised">
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label={label}
        className="max-h-80 min-w-0 flex-1 overflow-auto"
      >
        <pre className="p-3 font-mono text-sm leading-5 whitespace-pre">{shown}</pre>
      </section>
      <span className="p-1">
        <CopyButton text={code} />
      </span>
    </div>
  )
}
