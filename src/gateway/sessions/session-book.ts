import type { Clock } from '../../platform/clock.ts'

const ENTRIES_MAX = 20_000
/** From the last answer on. Source: OpenRouter docs, prompt caching. */
const REST_MS = 600_000

interface Entry {
  endpointId: string
  /** On the monotonic clock. */
  at: number
}

/**
 * Which endpoint has answered a conversation last, so that the next request of it finds there what was cached. In memory, of this
 * process alone, a bounded number: what is forgotten costs a cache miss.
 */
export class SessionBook {
  readonly #clock: Clock
  readonly #entriesMax: number
  /** Those that were answered longest ago come first. */
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, entriesMax = ENTRIES_MAX) {
    this.#clock = clock
    this.#entriesMax = entriesMax
  }

  find(name: string): string | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    if (this.#clock.monotonic() - entry.at <= REST_MS) return entry.endpointId
    this.#entries.delete(name)
    return undefined
  }

  put(name: string, endpointId: string): void {
    this.#entries.delete(name)
    this.#entries.set(name, { endpointId, at: this.#clock.monotonic() })
    if (this.#entries.size <= this.#entriesMax) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}
