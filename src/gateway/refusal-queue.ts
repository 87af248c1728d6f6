import type { Observe } from '../observe/observation.ts'
import type { PostRefusals, RefusedRequest } from './ports.ts'

const PENDING_MAX = 10_000
const BATCH_MAX = 500
const INTERVAL_MS = 500
const ATTEMPTS_MAX = 10
const RETRY_DELAY_MS_MAX = 5_000
const MINUTE_MS = 60_000
/** Of one key in a minute: what refuses a client that doesn't stop asking must not fill the database. */
const PER_KEY_MAX = 300

export interface RefusalQueueOptions {
  post: PostRefusals
  observe: Observe
}

/**
 * Carries refused requests to the database, off the request path and without a journal: they cost nothing, so a few may be
 * lost in a crash. Bounded in number, by key and in tries; what is dropped is counted and told.
 */
export class RefusalQueue {
  readonly #options: RefusalQueueOptions
  #pending: RefusedRequest[] = []
  #dropped = 0
  #attempt = 0
  #timer: NodeJS.Timeout | undefined
  #posting: Promise<void> | undefined
  #isStopped = false
  #minute = 0
  readonly #ofMinute = new Map<bigint, number>()

  constructor(options: RefusalQueueOptions) {
    this.#options = options
  }

  record(refusal: RefusedRequest | undefined): void {
    if (refusal === undefined) return
    if (this.#isStopped || this.#pending.length >= PENDING_MAX || !this.#isWithinMinute(refusal)) {
      this.#dropped += 1
    } else {
      this.#pending.push(refusal)
    }
    this.#timer ??= setTimeout(() => this.#run(), INTERVAL_MS)
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#posting
    try {
      while (this.#pending.length > 0) await this.#options.post(this.#pending.splice(0, BATCH_MAX))
    } catch {
      // The database is away; refusals aren't worth a wait.
    }
  }

  #isWithinMinute({ at, keyId }: RefusedRequest): boolean {
    const minute = Math.floor(at / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#ofMinute.clear()
    }
    const count = (this.#ofMinute.get(keyId) ?? 0) + 1
    this.#ofMinute.set(keyId, count)
    return count <= PER_KEY_MAX
  }

  #run(): void {
    this.#posting = this.#post().finally(() => {
      this.#posting = undefined
      this.#timer = undefined
      if (this.#pending.length === 0 || this.#isStopped) return
      const delayMs = this.#attempt === 0 ? 0 : Math.min(RETRY_DELAY_MS_MAX, 100 * 2 ** this.#attempt)
      this.#timer = setTimeout(() => this.#run(), delayMs)
    })
  }

  async #post(): Promise<void> {
    const batch = this.#pending.slice(0, BATCH_MAX)
    let message = 'more than the queue or a key may have'
    try {
      if (batch.length > 0) await this.#options.post(batch)
      this.#pending.splice(0, batch.length)
      this.#attempt = 0
    } catch (error) {
      this.#attempt += 1
      if (this.#attempt < ATTEMPTS_MAX) return
      message = error instanceof Error ? error.message : String(error)
      this.#pending.splice(0, batch.length)
      this.#dropped += batch.length
      this.#attempt = 0
    }
    if (this.#dropped === 0) return
    this.#options.observe({ type: 'refusals_dropped', count: this.#dropped, message })
    this.#dropped = 0
  }
}
