import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import type { Db, Tx } from '../store/schema.ts'

/** As long as the database itself lets a writer wait. */
const WAIT_MS = 10_000
const RETRY_SECONDS = 1

/**
 * Lets the writers of one organization in this process begin one after the other. They would wait for each other in the
 * database anyway, but there each takes a connection that somebody who only reads could use. Writers in other processes are
 * waited for in the database.
 */
export class WriterTurns {
  readonly #waitMs: number
  /** Resolves when whoever came last has ended, by organization. */
  readonly #ends = new Map<string, Promise<void>>()

  constructor(waitMs = WAIT_MS) {
    this.#waitMs = waitMs
  }

  /** Throws `unavailable` when its turn doesn't come in time; then `work` was not begun. */
  async run<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#ends.get(organizationId)
    const { promise, resolve: end } = Promise.withResolvers<void>()
    const ends = before === undefined ? promise : before.then(() => promise)
    this.#ends.set(organizationId, ends)
    void ends.then(() => {
      if (this.#ends.get(organizationId) === ends) this.#ends.delete(organizationId)
    })
    try {
      if (before !== undefined) await this.#waitFor(before)
      return await work()
    } finally {
      end()
    }
  }

  async #waitFor(before: Promise<void>): Promise<void> {
    const ending = new AbortController()
    const late = sleep(this.#waitMs, true, { signal: ending.signal }).catch(() => false)
    const isLate = await Promise.race([before.then(() => false), late])
    ending.abort()
    if (!isLate) return
    const options = { retryAfterSeconds: RETRY_SECONDS }
    throw new AppError('unavailable', 'Too many changes of this organization wait for each other', {}, options)
  }
}

/** One transaction of somebody: of who reads at once and of one moment, of who writes in their turn. */
export async function transact<T>(
  { db, writerTurns }: { db: Db; writerTurns: WriterTurns },
  { actor, isRead }: { actor: Actor; isRead: boolean },
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const run = () =>
    db
      .transaction()
      .setIsolationLevel(isRead ? 'repeatable read' : 'read committed')
      .setAccessMode(isRead ? 'read only' : 'read write')
      .execute(work)
  return isRead || actor.kind === 'anonymous' ? await run() : await writerTurns.run(actor.organizationId, run)
}
