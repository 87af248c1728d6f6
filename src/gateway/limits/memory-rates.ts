import { RateWindow } from '../../domain/rate-window.ts'
import type { Clock } from '../../platform/clock.ts'
import type { RateBucket, RateLimiter } from './rate-limiter.ts'
import { WindowMap } from './window-map.ts'

/** Rates of a gateway that is alone: counted in its memory. */
export class MemoryRates implements RateLimiter {
  readonly #clock: Clock
  readonly #windows = new WindowMap<RateBucket, RateWindow>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  take(bucket: RateBucket, limit: number): number {
    const now = this.#clock.monotonic()
    let window = this.#windows.get(bucket, now)
    if (window === undefined) {
      window = new RateWindow()
      this.#windows.set(bucket, window)
    }
    if (window.room(limit, now) === 0) return window.waitMs(limit, now)
    window.add(1, now)
    return 0
  }
}
