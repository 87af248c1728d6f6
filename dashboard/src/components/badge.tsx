import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

const TONES = {
  plain: 'bg-raised text-muted',
  good: 'bg-good-soft text-good',
  bad: 'bg-danger-soft text-danger',
  attention: 'bg-accent-soft text-accent-text',
}
export type Tone = keyof typeof TONES

/** A state in a word or two. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={classNames('inline-block rounded-md px-1.5 py-px text-xs font-medium whitespace-nowrap', TONES[tone])}
    >
      {children}
    </span>
  )
}

const DOTS = { plain: 'bg-faint', good: 'bg-good', bad: 'bg-danger', attention: 'bg-accent' }

/** A state as a dot beside its word, which `isBare` leaves to those who hear the page. */
export function StatusDot({ tone, label, isBare = false }: { tone: Tone; label: string; isBare?: boolean }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap" title={label}>
      <span aria-hidden className={classNames('size-2 shrink-0 rounded-full', DOTS[tone])} />
      <span className={isBare ? 'sr-only' : undefined}>{label}</span>
    </span>
  )
}
