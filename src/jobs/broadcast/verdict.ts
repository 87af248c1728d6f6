import type { GuardedAnswer } from '../../upstream/guarded-http.ts'
import type { TraceFormat } from './formats/format.ts'

export type Verdict =
  | { kind: 'taken' }
  /** For now. `retryAfterMs`: as the receiver says. */
  | { kind: 'again'; message: string; retryAfterMs: number | null }
  /** For good. `mayBeOne`: it may be about one trace of several. */
  | { kind: 'refused'; message: string; mayBeOne: boolean }

/** That the same traces would not meet again after a while. */
const TRANSIENT = new Set([408, 425, 429])
const ABOUT_CONTENT = new Set([400, 409, 413, 415, 422])
/** What comes before anybody reads what was sent. */
const ABOUT_SENDER = new Set([401, 402, 403, 404, 405, 407, 410, 411, 429])
const REJECTED = 'some of it was rejected in an answer of 2xx'
const TEXT_LENGTH_MAX = 300
const RETRY_AFTER_SECONDS_MAX = 3_600

/** What an answer says of the traces that were sent. Its text is left out where it may quote what was asked and answered
 *  (`hasContent`), which stands nowhere in clear. */
export function verdictOf(
  { body, headers, status }: GuardedAnswer,
  { faultIn, hasContent }: Pick<TraceFormat, 'faultIn'> & { hasContent: boolean },
): Verdict {
  const text = body.toString('utf8')
  if (status >= 200 && status < 300) {
    const fault = faultIn?.(text)
    if (fault === undefined) return { kind: 'taken' }
    return { kind: 'refused', message: hasContent ? REJECTED : shortened(fault), mayBeOne: false }
  }
  const isQuoting = hasContent && !ABOUT_SENDER.has(status)
  const message = answerText(status, isQuoting ? '' : text)
  if (status >= 500 || TRANSIENT.has(status)) return { kind: 'again', message, retryAfterMs: retryAfter(headers) }
  return { kind: 'refused', message, mayBeOne: ABOUT_CONTENT.has(status) }
}

/** What was answered, for people. */
export function answerText(status: number, text: string): string {
  const said = shortened(text)
  return said === '' ? `answered ${status}` : `answered ${status}: ${said}`
}

function shortened(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, TEXT_LENGTH_MAX)
}

/** Of seconds alone; dates are for caches. */
function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const given = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(given) ? Math.min(Number(given), RETRY_AFTER_SECONDS_MAX) * 1_000 : null
}
