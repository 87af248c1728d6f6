import type { LeaseAnswer, LeaseRequest, LeaseReturn } from '../../domain/lease-protocol.ts'
import type { Observe } from '../../observe/observation.ts'
import type { AskLeases } from '../ports.ts'

const BATCH_REQUESTS_MAX = 64
const FAILURES_MAX = 2

export interface LeaseLinkOptions {
  ask: AskLeases
  receive: (answer: LeaseAnswer) => void
  observe: Observe
}

/**
 * Carries what a lease book says to the database, in its order, one batch at a time, and the answers back. What could not be
 * said is dropped: the book says it again.
 */
export class LeaseLink {
  readonly #options: LeaseLinkOptions
  #queue: LeaseRequest[] = []
  #sending: Promise<void> | undefined
  #hasFailed = false

  constructor(options: LeaseLinkOptions) {
    this.#options = options
  }

  readonly send = (request: LeaseRequest): void => {
    if (this.#joinsQueued(request)) return
    this.#queue.push(request)
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
  }

  /** What is said again while the first one waits to be sent needs no second place, however long the database is away. */
  #joinsQueued(request: LeaseRequest): boolean {
    const at = this.#queue.findIndex((queued) => isSame(queued, request))
    const queued = this.#queue[at]
    if (queued?.type === 'return' && request.type === 'return') {
      this.#queue[at] = { ...queued, items: latestOf([...queued.items, ...request.items]) }
    }
    return queued !== undefined
  }

  /** Resolves when nothing is on its way or waits to be sent. */
  async drained(): Promise<void> {
    while (this.#sending) await this.#sending
  }

  async #sendAll(): Promise<void> {
    // What else is said in the same turn goes along.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#sendBatch(this.#queue.splice(0, BATCH_REQUESTS_MAX))
  }

  /** Whether it could be said. One request that the database doesn't take keeps no others from being heard. */
  async #sendBatch(batch: readonly LeaseRequest[]): Promise<boolean> {
    const { ask, observe, receive } = this.#options
    try {
      const answers = await ask(batch)
      this.#hasFailed = false
      for (const answer of answers) receive(answer)
      return true
    } catch (error) {
      if (!this.#hasFailed) {
        observe({ type: 'leases_failed', message: error instanceof Error ? error.message : String(error) })
      }
      this.#hasFailed = true
    }
    if (batch.length > 1) await this.#sendEach(batch)
    return false
  }

  async #sendEach(batch: readonly LeaseRequest[]): Promise<void> {
    let failures = 0
    for (const request of batch) {
      if (!(await this.#sendBatch([request]))) failures += 1
      // Then it is the database that is away.
      if (failures === FAILURES_MAX) return
    }
  }
}

function isSame(one: LeaseRequest, other: LeaseRequest): boolean {
  if (one.type === 'grant') return other.type === 'grant' && one.ask === other.ask
  if (one.type === 'return') return other.type === 'return' && one.generation === other.generation
  return one.type === other.type
}

/** Of each lease what was said last: it never grows again. */
function latestOf(items: readonly LeaseReturn[]): LeaseReturn[] {
  return [...new Map(items.map((item) => [item.lease, item])).values()]
}
