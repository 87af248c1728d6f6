import { networkOf } from './ip-ranges.ts'

const WINDOW_MS = 60_000

export interface CallLimits {
  perNetwork: number
  inTotal: number
}

/** How many calls are taken from anybody: in each minute so many from one network, and so many in all. */
export class CallQuota {
  readonly #limits: CallLimits
  #windowStart = 0
  #total = 0
  /** At most as many as are taken in all. */
  readonly #byNetwork = new Map<string, number>()

  constructor(limits: CallLimits) {
    this.#limits = limits
  }

  /** Takes one from `address` at `now` (epoch ms); else the seconds until it may come again. */
  take(address: string | null, now: number): number | undefined {
    const start = Math.floor(now / WINDOW_MS) * WINDOW_MS
    if (start !== this.#windowStart) {
      this.#windowStart = start
      this.#total = 0
      this.#byNetwork.clear()
    }
    const network = networkOf(address)
    const count = this.#byNetwork.get(network) ?? 0
    if (this.#total >= this.#limits.inTotal || count >= this.#limits.perNetwork)
      return Math.ceil((start + WINDOW_MS - now) / 1_000)
    this.#total += 1
    this.#byNetwork.set(network, count + 1)
    return undefined
  }

  /** Makes undone that one was taken from `address`, if it was in this minute. */
  giveBack(address: string | null): void {
    const network = networkOf(address)
    const count = this.#byNetwork.get(network) ?? 0
    if (count === 0) return
    this.#total -= 1
    this.#byNetwork.set(network, count - 1)
  }
}
