const SLOT_MS = 1_000
const SLOTS = 10
const SHARE = 0.2
const PER_SECOND = 10

interface Slot {
  second: number
  requests: number
  fallbacks: number
}

/**
 * Bounds what fallbacks add to the load of providers, so that an outage doesn't become one of its neighbours: within any ten
 * seconds a fifth of the requests, and a hundred. Times are of one monotonic clock, in milliseconds.
 * Source: the retry budgets of Linkerd.
 */
export class RetryBudget {
  readonly #slots: Slot[] = Array.from({ length: SLOTS }, () => ({ second: -1, requests: 0, fallbacks: 0 }))

  countRequest(now: number): void {
    this.#slotAt(now).requests += 1
  }

  /** Whether one more may be made, which is counted then. */
  take(now: number): boolean {
    const slot = this.#slotAt(now)
    let requests = 0
    let fallbacks = 0
    for (const one of this.#slots) {
      if (one.second <= slot.second - SLOTS) continue
      requests += one.requests
      fallbacks += one.fallbacks
    }
    if (fallbacks + 1 > requests * SHARE + SLOTS * PER_SECOND) return false
    slot.fallbacks += 1
    return true
  }

  #slotAt(now: number): Slot {
    const second = Math.floor(now / SLOT_MS)
    const slot = this.#slots[second % SLOTS]
    if (slot === undefined) throw new RangeError('a time before its origin')
    if (slot.second !== second) {
      slot.second = second
      slot.requests = 0
      slot.fallbacks = 0
    }
    return slot
  }
}
