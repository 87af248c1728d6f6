import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Observe } from '../../observe/observation.ts'
import { BatchQueue } from '../../platform/batch-queue.ts'
import type { GenerationContent, PostContents } from '../ports.ts'
import { type Exchange, encodeContent, exchangeLength } from './encode-content.ts'

const PENDING_MAX = 5_000
/** In UTF-16 code units or bytes, whichever the parts have. */
const PENDING_LENGTH_MAX = 64 * 1_048_576
const BATCH_MAX = 50

/**
 * Carries what was asked and answered to the database, where a workspace wants it kept: after the answer, off the request
 * path, without a journal. Bounded in number and length; what finds no room is dropped, counted and told.
 */
export class ContentQueue {
  readonly #queue: BatchQueue<Exchange>

  constructor({ post, observe }: { post: PostContents; observe: Observe }) {
    this.#queue = new BatchQueue({
      post: async (exchanges) => await post(await encodeAll(exchanges)),
      onDropped: (count, message) => observe({ type: 'contents_dropped', count, message }),
      fullMessage: 'more than the queue may hold',
      pendingMax: PENDING_MAX,
      batchMax: BATCH_MAX,
      weightOf: exchangeLength,
      weightMax: PENDING_LENGTH_MAX,
    })
  }

  record(exchange: Exchange): void {
    this.#queue.push(exchange)
  }

  /** Resolves when what came in last has been posted, or after `timeoutMs`. */
  async waitUntilPosted(timeoutMs: number): Promise<void> {
    await Promise.race([this.#queue.flush(), sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    await this.#queue.stop()
  }
}

/** One in each turn of the event loop, so that requests go on in between. */
async function encodeAll(exchanges: readonly Exchange[]): Promise<GenerationContent[]> {
  const contents: GenerationContent[] = []
  for (const exchange of exchanges) {
    contents.push(encodeContent(exchange))
    await nextTurn()
  }
  return contents
}
