import type { NanoUsd } from '../../domain/money.ts'
import type { Spend } from '../../domain/spend-scopes.ts'
import { INTERVALS, type Interval, toDate, windowStartMs } from '../../domain/windows.ts'

const DAY_MS = 86_400_000

/** The spend windows that run on one UTC day. One object a day, so that two are the same day when they are the same object. */
export interface Windows {
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** Epoch milliseconds. */
  readonly starts: Readonly<Record<Interval, number>>
  readonly endOfDay: number
}

export const NO_SPEND: Spend = { daily: 0n, weekly: 0n, monthly: 0n, lifetime: 0n }

export function windowsAt(nowMs: number): Windows {
  const starts = {
    daily: windowStartMs('daily', nowMs),
    weekly: windowStartMs('weekly', nowMs),
    monthly: windowStartMs('monthly', nowMs),
    lifetime: windowStartMs('lifetime', nowMs),
  }
  return { date: toDate(nowMs), starts, endOfDay: starts.daily + DAY_MS }
}

/**
 * What one scope has spent and holds, in all of its windows at once: every window is a row of days, so a request changes
 * today's two numbers only, and what was before today is added per window. Charges count in the windows of their admission.
 */
export class Tally {
  #windows: Windows
  /** Settled before today (and before this process), for each window that runs. */
  readonly #before: Record<Interval, NanoUsd>
  #settled = 0n
  #held = 0n
  /** Held by requests that were admitted on an earlier day and still run. */
  #heldBefore = 0n

  constructor(spend: Spend, windows: Windows) {
    this.#before = { ...spend }
    this.#windows = windows
  }

  /** What a window that runs on this day has settled. */
  settled(interval: Interval, windows: Windows): NanoUsd {
    if (windows !== this.#windows) this.#roll(windows)
    return this.#before[interval] + this.#settled
  }

  /** What a window that runs on this day holds. */
  held(interval: Interval, windows: Windows): NanoUsd {
    if (windows !== this.#windows) this.#roll(windows)
    const { starts } = windows
    return starts[interval] < starts.daily ? this.#held + this.#heldBefore : this.#held
  }

  hold(amount: NanoUsd, windows: Windows): void {
    if (windows !== this.#windows) this.#roll(windows)
    this.#held += amount
  }

  /** Ends a hold that was taken on the day of `admitted`. */
  settle(amount: NanoUsd, cost: NanoUsd, admitted: Windows): void {
    if (admitted === this.#windows) {
      this.#held -= amount
      this.#settled += cost
      return
    }
    this.#heldBefore -= amount
    for (const interval of INTERVALS) {
      if (admitted.starts[interval] === this.#windows.starts[interval]) this.#before[interval] += cost
    }
  }

  #roll(next: Windows): void {
    for (const interval of INTERVALS) {
      const isSame = next.starts[interval] === this.#windows.starts[interval]
      this.#before[interval] = isSame ? this.#before[interval] + this.#settled : 0n
    }
    this.#settled = 0n
    this.#heldBefore += this.#held
    this.#held = 0n
    this.#windows = next
  }
}
