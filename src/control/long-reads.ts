import { AppError } from '../domain/app-error.ts'
import type { Tx } from '../store/schema.ts'
import type { SealedPlace } from '../store/sealer.ts'

const RUNNING_MAX = 2
const RETRY_SECONDS = 5

/** One look at the database by something that takes many. */
export interface Reader {
  tx: Tx
  /** Throws SealBroken. */
  unseal: (place: SealedPlace, sealed: string) => Promise<string>
}

/** Runs `work` in a short transaction of its own, with what the actor sees. */
export type Read = <T>(work: (reader: Reader) => Promise<T>) => Promise<T>

/** Bounds how many run at a time of what reads for seconds, so that others find the database and this process free. */
export class LongReads {
  #running = 0

  /** Throws `rate_limited` when there are enough already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= RUNNING_MAX) {
      const options = { retryAfterSeconds: RETRY_SECONDS }
      throw new AppError('rate_limited', 'Too many simulations run at the moment; try again later', {}, options)
    }
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
    }
  }
}
