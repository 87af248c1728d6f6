import { setTimeout as sleep } from 'node:timers/promises'
import type { Observe } from '../observe/observation.ts'
import { BatchQueue } from '../platform/batch-queue.ts'
import type { PostRefusals, RefusedRequest } from './ports.ts'

const PENDING_MAX = 10_000
const BATCH_MAX = 500
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
  readonly #queue: BatchQueue<RefusedRequest>
  #minute = 0
  readonly #ofMinute = new Map<bigint, number>()

  constructor({ post, observe }: RefusalQueueOptions) {
    this.#queue = new BatchQueue({
      post,
      onDropped: (count, message) => observe({ type: 'refusals_dropped', count, message }),
      fullMessage: 'more than the queue or a key may have',
      pendingMax: PENDING_MAX,
      batchMax: BATCH_MAX,
    })
  }

  record(refusal: RefusedRequest | undefined): void {
    if (refusal === undefined) return
    if (this.#isWithinMinute(refusal)) this.#queue.push(refusal)
    else this.#queue.drop()
  }

  /** Resolves when what came in last has been posted, or after `timeoutMs`. */
  async waitUntilPosted(timeoutMs: number): Promise<void> {
    await Promise.race([this.#queue.flush(), sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    await this.#queue.stop()
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
}
