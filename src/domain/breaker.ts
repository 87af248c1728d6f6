import { FaultShare } from './fault-share.ts'

const FAILURES_MAX = 5
/** A provider that asks for more is asked again by then. */
const REST_MS_MAX = 60_000

/** A request that an endpoint has failed. */
export interface Fault {
  /** How long the endpoint asks to be left alone, where it does. */
  restMs: number | null
  /** It takes no more requests than it has had: nothing is broken. */
  isRateLimit: boolean
}

/** Why and for how long an endpoint is left alone; 0 where it isn't. */
export interface Rest {
  ms: number
  isRateLimit: boolean
}

/**
 * Keeps requests from an endpoint that fails again and again, or that asked to be left alone. After five failures in a row,
 * or when half of the last half minute's requests failed (`FaultShare`), it opens for `cooldownMs`; then it lets one request at a
 * time through as a probe, of which the first that works closes it. A probe that takes longer than the cooldown doesn't keep the
 * next one waiting, so an endpoint that works again is in use after at most twice the cooldown. Refusals for a rate count in a row
 * only: of an endpoint that takes half of what it is sent nobody would have more if it were sent nothing. All times are of one
 * monotonic clock, in milliseconds.
 */
export class Breaker {
  readonly #cooldownMs: number
  readonly #share = new FaultShare()
  #failures = 0
  /** Null while it is closed. */
  #openUntil: number | null = null
  #probeUntil = 0
  #isRateLimit = false

  /** `cooldownMs` of 0 never opens. */
  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs
  }

  /** What a request is that would be sent now. A probe that is handed out must be told of. */
  begin(now: number): 'ordinary' | 'probe' | 'refused' {
    if (this.#openUntil === null) return 'ordinary'
    if (this.restMs(now) > 0) return 'refused'
    this.#probeUntil = now + this.#cooldownMs
    return 'probe'
  }

  /** How long it refuses everything; 0 where it doesn't. */
  restMs(now: number): number {
    if (this.#openUntil === null) return 0
    return Math.max(this.#openUntil - now, this.#probeUntil - now, 0)
  }

  rest(now: number): Rest {
    return { ms: this.restMs(now), isRateLimit: this.#isRateLimit }
  }

  succeeded(now: number, isProbe: boolean): void {
    if (isProbe) {
      this.#close()
    } else if (this.#openUntil === null) {
      this.#failures = 0
      this.#share.countSuccess(now)
    }
  }

  /** A probe has shown content, and is an ordinary request from now on. One failure is enough to open again. */
  promisesWell(): void {
    this.#close()
    this.#failures = FAILURES_MAX - 1
  }

  /** Tells whether this has opened it. */
  failed(now: number, isProbe: boolean, { isRateLimit, restMs }: Fault): boolean {
    if (this.#cooldownMs === 0) return false
    const askedMs = Math.min(restMs ?? 0, REST_MS_MAX)
    if (this.#openUntil === null) {
      this.#failures += 1
      if (!isRateLimit) this.#share.countFault(now)
      if (this.#failures < FAILURES_MAX && askedMs === 0 && !this.#share.isTooLarge(now)) return false
      this.#openUntil = now + (askedMs > 0 ? askedMs : this.#cooldownMs)
      this.#isRateLimit = isRateLimit
      return true
    }
    if (isProbe) {
      this.#probeUntil = 0
      this.#openUntil = now + Math.max(this.#cooldownMs, askedMs)
      this.#isRateLimit = isRateLimit
    } else if (now + askedMs > this.#openUntil) {
      this.#openUntil = now + askedMs
      this.#isRateLimit = isRateLimit
    }
    return false
  }

  /** Nothing is known of a probe: there may be another. */
  probeWasNone(): void {
    this.#probeUntil = 0
  }

  /** What was before the rest says nothing of the time after it. */
  #close(): void {
    this.#failures = 0
    this.#openUntil = null
    this.#probeUntil = 0
    this.#share.clear()
  }
}
