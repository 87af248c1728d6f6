const SLOT_MS = 5_000
const SLOTS = 6
const REQUESTS_MIN = 20
const SHARE_MAX = 0.5

interface Slot {
  /** Number of its five seconds; -1 for none. */
  at: number
  requests: number
  faults: number
}

/** Whether too many of the requests of the last half minute failed: half of at least twenty. Times are of one monotonic clock, in
 *  milliseconds; slots of five seconds make the window up to five seconds shorter. */
export class FaultShare {
  readonly #slots: Slot[] = Array.from({ length: SLOTS }, () => ({ at: -1, requests: 0, faults: 0 }))

  countSuccess(now: number): void {
    this.#slotAt(now).requests += 1
  }

  countFault(now: number): void {
    const slot = this.#slotAt(now)
    slot.requests += 1
    slot.faults += 1
  }

  isTooLarge(now: number): boolean {
    const first = Math.floor(now / SLOT_MS) - SLOTS + 1
    let requests = 0
    let faults = 0
    for (const slot of this.#slots) {
      if (slot.at < first) continue
      requests += slot.requests
      faults += slot.faults
    }
    return requests >= REQUESTS_MIN && faults >= requests * SHARE_MAX
  }

  clear(): void {
    for (const slot of this.#slots) slot.at = -1
  }

  #slotAt(now: number): Slot {
    const at = Math.floor(now / SLOT_MS)
    const slot = this.#slots[at % SLOTS]
    if (slot === undefined) throw new RangeError('a time before its origin')
    if (slot.at !== at) {
      slot.at = at
      slot.requests = 0
      slot.faults = 0
    }
    return slot
  }
}
