import type { NanoUsd } from './money.ts'
import { type Interval, windowStart } from './windows.ts'

/**
 * What each of many has spent in the windows of one interval, while days go by. Kept are the present window and the one before
 * it, into which a request may still fall that began at midnight.
 */
export class SpentWindows {
  readonly #interval: Interval
  #current = new Map<string, NanoUsd>()
  #previous = new Map<string, NanoUsd>()
  #start = ''
  #previousStart = ''
  #day = ''
  #dayStart = ''

  constructor(interval: Interval) {
    this.#interval = interval
  }

  /** `day` is a UTC date, `YYYY-MM-DD`. */
  spent(owner: string, day: string): NanoUsd {
    return this.#windowOf(day)?.get(owner) ?? 0n
  }

  add(owner: string, day: string, amount: NanoUsd): void {
    const window = this.#windowOf(day)
    window?.set(owner, (window.get(owner) ?? 0n) + amount)
  }

  #windowOf(day: string): Map<string, NanoUsd> | undefined {
    const start = this.#startOf(day)
    if (start > this.#start) {
      this.#previous = this.#current
      this.#previousStart = this.#start
      this.#current = new Map()
      this.#start = start
    }
    if (start === this.#start) return this.#current
    return start === this.#previousStart ? this.#previous : undefined
  }

  #startOf(day: string): string {
    if (day !== this.#day) {
      this.#day = day
      this.#dayStart = windowStart(this.#interval, Date.parse(`${day}T00:00:00Z`))
    }
    return this.#dayStart
  }
}
