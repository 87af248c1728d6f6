const FAILURES_MAX = 5
/** A provider that asks for more is asked again by then. */
const REST_MS_MAX = 60_000

/**
 * Keeps requests from an endpoint that fails again and again, or that asked to be left alone. After five failures in a row it
 * opens for `cooldownMs`; then it lets one request at a time through as a probe, of which the first that works closes it. A
 * probe that takes longer than the cooldown doesn't keep the next one waiting, so an endpoint that works again is in use
 * after at most twice the cooldown. All times are of one monotonic clock, in milliseconds.
 */
export class Breaker {
  readonly #cooldownMs: number
  #failures = 0
  /** Null while it is closed. */
  #openUntil: number | null = null
  #probeUntil = 0

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

  succeeded(isProbe: boolean): void {
    if (isProbe) this.#close()
    else if (this.#openUntil === null) this.#failures = 0
  }

  /** A probe has shown content, and is an ordinary request from now on. One failure is enough to open again. */
  promisesWell(): void {
    this.#close()
    this.#failures = FAILURES_MAX - 1
  }

  /** Tells whether this has opened it. */
  failed(now: number, isProbe: boolean, restMs: number | null): boolean {
    if (this.#cooldownMs === 0) return false
    const askedMs = Math.min(restMs ?? 0, REST_MS_MAX)
    if (this.#openUntil === null) {
      this.#failures += 1
      if (this.#failures < FAILURES_MAX && askedMs === 0) return false
      this.#openUntil = now + (askedMs > 0 ? askedMs : this.#cooldownMs)
      return true
    }
    if (isProbe) {
      this.#probeUntil = 0
      this.#openUntil = now + Math.max(this.#cooldownMs, askedMs)
    } else {
      this.#openUntil = Math.max(this.#openUntil, now + askedMs)
    }
    return false
  }

  /** Nothing is known of a probe: there may be another. */
  probeWasNone(): void {
    this.#probeUntil = 0
  }

  #close(): void {
    this.#failures = 0
    this.#openUntil = null
    this.#probeUntil = 0
  }
}
