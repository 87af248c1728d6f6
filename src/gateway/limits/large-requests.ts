import { AppError } from '../../domain/app-error.ts'

const RETRY_SECONDS = 1

/** What one request holds of the bytes that large requests may hold together. */
export interface LargeShare {
  /** Throws `unavailable` where others hold too much. */
  take(bytes: number): void
  /** Gives all of it back, once, however often it is called; nothing is taken any more. */
  release(): void
}

/**
 * Bounds what large bodies, and files fetched for requests, hold of this process's memory together. One request alone may always
 * hold what its own bounds allow.
 */
export class LargeRequests {
  readonly #bytesMax: number
  #held = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** By all requests, in bytes. */
  get held(): number {
    return this.#held
  }

  newShare(): LargeShare {
    let own = 0
    let isOver = false
    return {
      take: (bytes) => {
        const isAlone = this.#held === own
        if (isOver || (!isAlone && this.#held + bytes > this.#bytesMax)) throw tooMany()
        own += bytes
        this.#held += bytes
      },
      release: () => {
        isOver = true
        this.#held -= own
        own = 0
      },
    }
  }
}

function tooMany(): AppError {
  const options = { retryAfterSeconds: RETRY_SECONDS }
  return new AppError('unavailable', 'Too many large requests at a time; try again later', {}, options)
}
