import type { LogEntryWire, LogOutcome } from '../../../../src/contract/management/logs.ts'
import type { Tone } from '../../components/badge.tsx'

export const OUTCOME_TITLES: Readonly<Record<LogOutcome, string>> = {
  done: 'Answered',
  upstream_error: 'Provider failed',
  cancelled: 'Cancelled by the caller',
  crash_padding: 'Lost in a crash',
  refused: 'Refused',
}

const TONES: Readonly<Record<LogOutcome, Tone>> = {
  done: 'good',
  upstream_error: 'bad',
  cancelled: 'attention',
  crash_padding: 'bad',
  refused: 'attention',
}

export function outcomeTone({ outcome }: Pick<LogEntryWire, 'outcome'>): Tone {
  return TONES[outcome]
}

/** The state in a word, with the status where there is one. */
export function outcomeLabel({ outcome, status }: Pick<LogEntryWire, 'outcome' | 'status'>): string {
  return status === null || outcome === 'done' ? OUTCOME_TITLES[outcome] : `${OUTCOME_TITLES[outcome]} (${status})`
}
