/*
 * How many requests were let through in the last minute, in slots of 3 s. For a limit L two rules hold at once:
 *   - weighted: full slots of the last 60 s, and the slot that has partly left them in proportion, are at most L. Of that slot
 *     one less counts: who sends evenly sends just as the one a minute before leaves;
 *   - whole: everything in the 22 slots that the last 63 s touch is at most 1.1 L.
 * The first lets L through at once from rest, and L a minute for ever. The second is what makes "never more than 1.1 L in any
 * 60 s" true: a weighted count alone lets almost 2 L through, when L came at the end of a slot. Its three seconds more than a
 * minute are for permits that were taken in advance and used up to one slot later. docs/adr/0007 has the reasons.
 */

export const RATE_SLOT_MS = 3_000
/** Slots that a minute has. */
const RATE_SLOTS = 20
/** The current slot, those of the minute before it, and one in advance of which permits may have been taken. */
const KEPT = RATE_SLOTS + 2
/** A window that nothing was added to for so long is as good as new. */
export const RATE_WINDOW_KEPT_MS = KEPT * RATE_SLOT_MS
const EXCESS = 1.1
/** Sums of parts may be a hair off a whole number. */
const HAIR = 1e-6

/** A slot's number (time / RATE_SLOT_MS, rounded down) and its count, which may be a fraction. */
export type SlotCount = readonly [slot: number, count: number]

/** Times are milliseconds of any clock that doesn't go back; the window takes going back for standing still. */
export class RateWindow {
  readonly #counts = new Float64Array(KEPT)
  #newest = 0
  #total = 0

  /** Counts of slots as another window had them, each times `scale`. */
  static from(slots: readonly SlotCount[], scale = 1): RateWindow {
    const window = new RateWindow()
    for (const [slot, count] of slots) window.add(count * scale, slot * RATE_SLOT_MS)
    return window
  }

  /** Permits that `limit` (requests a minute) leaves at `now`: a whole number, 0 when there is none. */
  room(limit: number, now: number): number {
    const weighted = this.weighted(now)
    return Math.max(0, Math.floor(Math.min(limit - weighted, limit * EXCESS - this.#total) + HAIR))
  }

  /** The weighted count. */
  weighted(now: number): number {
    this.#advance(now)
    const part = (now % RATE_SLOT_MS) / RATE_SLOT_MS
    const leaving = this.#at(RATE_SLOTS)
    return this.#total - this.#at(RATE_SLOTS + 1) - leaving + Math.max(0, leaving * (1 - part) - 1)
  }

  /** Counts requests that were let through. */
  add(count: number, now: number): void {
    this.#advance(now)
    const at = Math.max(this.#newest, slotOf(now)) % KEPT
    this.#counts[at] = (this.#counts[at] ?? 0) + count
    this.#total += count
  }

  /** Milliseconds from `now` until there is room for one if nothing else comes; 0 when there is. Infinity for a limit below 1. */
  waitMs(limit: number, now: number): number {
    if (this.room(limit, now) >= 1) return 0
    if (limit < 1) return Number.POSITIVE_INFINITY
    const past = now % RATE_SLOT_MS
    let weighted = this.#total - this.#at(RATE_SLOTS + 1) + 1 - limit - HAIR
    let whole = this.#total + 1 - limit * EXCESS - HAIR
    let wait = 0
    for (let age = KEPT - 1; age >= 0; age -= 1) {
      const count = this.#at(age)
      // When this slot begins to leave the minute, and when it is forgotten.
      const leaves = (RATE_SLOTS - age) * RATE_SLOT_MS - past
      if (age <= RATE_SLOTS && weighted > 0 && count > 0) {
        wait = Math.max(wait, leaves + Math.max(0, Math.min(1, (weighted - 1) / count)) * RATE_SLOT_MS)
        weighted -= count
      }
      if (whole > 0 && count > 0) {
        wait = Math.max(wait, leaves + 2 * RATE_SLOT_MS)
        whole -= count
      }
    }
    return Math.ceil(wait)
  }

  /** All that is counted yet, the slots before the minute included. */
  total(now: number): number {
    this.#advance(now)
    return this.#total
  }

  /** Slots that have something in them, oldest first. */
  slots(now: number): SlotCount[] {
    this.#advance(now)
    const found: SlotCount[] = []
    for (let age = KEPT - 1; age >= 0; age -= 1) {
      const count = this.#at(age)
      if (count > 0) found.push([this.#newest - age, count])
    }
    return found
  }

  #at(age: number): number {
    return this.#counts[(this.#newest - age + KEPT * KEPT) % KEPT] ?? 0
  }

  /** Forgets the slots that have been left behind. */
  #advance(now: number): void {
    const slot = slotOf(now)
    const steps = slot - this.#newest
    if (steps <= 0) return
    this.#newest = slot
    if (this.#total === 0) return
    if (steps >= KEPT) {
      this.#counts.fill(0)
      this.#total = 0
      return
    }
    for (let age = 0; age < steps; age += 1) {
      const at = (slot - age) % KEPT
      this.#total -= this.#counts[at] ?? 0
      this.#counts[at] = 0
    }
  }
}

function slotOf(now: number): number {
  return Math.floor(now / RATE_SLOT_MS)
}

/**
 * What one of `count` replicas may let through where they can't ask each other: shares that add up to `limit` exactly.
 * `rank` is the replica's place among them, from 0. With a limit below `count` some have nothing.
 */
export function fairShare(limit: number, { count, rank }: { count: number; rank: number }): number {
  return Math.floor(limit / count) + (rank < limit % count ? 1 : 0)
}
