import { RateWindow } from '../../domain/rate-window.ts'
import type { Clock } from '../../platform/clock.ts'
import type { RateBucket, RateLimiter } from './rate-limiter.ts'
import { WindowMap } from './window-map.ts'

/** When to come again, and perhaps to another replica, where this one may let nothing through. */
const NOTHING_MS = 5_000

/** Rates counted in memory: of a process that is alone, or its share where several can't count together. */
export class MemoryRates implements RateLimiter {
  readonly #clock: Clock
  readonly #windows = new WindowMap<RateBucket, RateWindow>()

  readonly #shareOf: (limit: number) => number

  constructor(clock: Clock, shareOf: (limit: number) => number = (limit) => limit) {
    this.#clock = clock
    this.#shareOf = shareOf
  }

  take(bucket: RateBucket, limit: number): number {
    const now = this.#clock.monotonic()
    let window = this.#windows.get(bucket, now)
    if (window === undefined) {
      window = new RateWindow()
      this.#windows.set(bucket, window)
    }
    const share = this.#shareOf(limit)
    if (window.room(share, now) === 0) return share === 0 ? NOTHING_MS : window.waitMs(share, now)
    window.add(1, now)
    return 0
  }
}
