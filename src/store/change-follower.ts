import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Observe } from '../observe/observation.ts'
import type { Clock } from '../platform/clock.ts'
import { CHANGE_CHANNEL, type ChangeFeed } from './change-feed.ts'
import type { Database } from './database.ts'
import type { Followers } from './followers.ts'

/*
 * Keeps this process up to date, and knows when it isn't. Notifications come over a connection of their own and can be lost, so
 * that changes are also asked for from time to time; often where notifications don't come at all, as through a transaction
 * pooler, which is tried at the start. Between processes that share a database the last contact counts: without one for
 * `staleMs` nothing is served from memory any more, because whatever it says may have been revoked.
 */

const POLL_MS = 2_000
const POLL_UNNOTIFIED_MS = 500
const PROBE_WAIT_MS = 1_000
const PROBE_POLL_MS = 5
const RENEW_MS = 5_000
const FIND_OTHERS_MS_MAX = 1_000
/** Longer than any statement may take: then it isn't the database that is slow, but the connection that is dead. */
const RECONNECT_MS = 35_000
const WATCH_MS = 1_000
/** Several polls, so that a slow one is not taken for it. */
const AWAY_MS = 10_000

export interface ChangeFollowerOptions {
  database: Database
  feed: ChangeFeed
  /** Undefined where no other process can be on the database. */
  followers: Followers | undefined
  clock: Clock
  observe: Observe
  staleMs: number
}

export class ChangeFollower {
  readonly #options: ChangeFollowerOptions
  readonly #stopping = new AbortController()
  #isNotified = false
  #pollMs = POLL_MS
  #renewedAt = Number.NEGATIVE_INFINITY
  /** The last contact that the others know of, on the monotonic clock. */
  #trustedAt: number
  #polling: Promise<void> | undefined
  #watching: NodeJS.Timeout | undefined
  #reconnectedAt = Number.NEGATIVE_INFINITY

  constructor(options: ChangeFollowerOptions) {
    this.#options = options
    this.#trustedAt = options.clock.monotonic()
  }

  /** Whether what this process has in memory is too old to act on. */
  isCutOff(): boolean {
    const { clock, followers, staleMs } = this.#options
    return followers !== undefined && clock.monotonic() - this.#trustedAt > staleMs
  }

  /** Whether it hasn't answered for some time, whatever may be served meanwhile. */
  isDatabaseAway(): boolean {
    return this.#options.clock.monotonic() - this.#options.feed.contactAt > AWAY_MS
  }

  /** Whether changes are only found by asking. */
  isUnnotified(): boolean {
    return this.#pollMs === POLL_UNNOTIFIED_MS || !this.#options.database.isListening()
  }

  /** Whether other processes may take over what this one does; where the database doesn't say so in time, they may. */
  async hasOthers(): Promise<boolean> {
    const { followers } = this.#options
    if (followers === undefined) return false
    return await Promise.race([followers.findOthers().catch(() => true), sleep(FIND_OTHERS_MS_MAX, true)])
  }

  /** Resolves when this process is in contact and will hear of every change. */
  async start(): Promise<void> {
    const { database, feed, followers, observe } = this.#options
    const catchUp = () => void feed.catchUp().catch(() => {})
    const onNotify = () => {
      this.#isNotified = true
      catchUp()
    }
    await database.listen(CHANGE_CHANNEL, { onNotify, onReconnect: catchUp })
    await this.#renew()
    if (followers !== undefined && !(await this.#areNotificationsHeard())) {
      this.#pollMs = POLL_UNNOTIFIED_MS
      const message = `notifications don't come through, as with a transaction pooler: changes are asked for every ${POLL_UNNOTIFIED_MS} ms (DATABASE_URL_DIRECT leads past a pooler)`
      observe({ type: 'store_degraded', message })
    }
    this.#polling = this.#poll()
    this.#watching = setInterval(() => this.#reconnectWhenSilent(), WATCH_MS).unref()
  }

  /** When changes of these versions are in force in every process, in epoch milliseconds; mostly at once. */
  async whenFelt(versions: ReadonlyMap<string, bigint>): Promise<number> {
    const { clock, followers } = this.#options
    if (followers === undefined) return clock.now()
    const times = [...versions].map(([organizationId, version]) => followers.whenFelt(organizationId, version))
    return Math.max(clock.now(), ...(await Promise.all(times)))
  }

  /** No other process waits for this one any more; it must not serve any longer. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#polling
    await this.#options.followers?.leave().catch(() => {})
    clearInterval(this.#watching)
  }

  async #areNotificationsHeard(): Promise<boolean> {
    await sql`SELECT pg_notify(${CHANGE_CHANNEL}, 'probe')`.execute(this.#options.database.kysely)
    for (let waited = 0; waited < PROBE_WAIT_MS && !this.#isNotified; waited += PROBE_POLL_MS)
      await sleep(PROBE_POLL_MS)
    return this.#isNotified
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(this.#pollMs, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await this.#renew().catch(() => {})
    }
  }

  /** Who waits on a connection that went away without an end would wait for a quarter of an hour. */
  #reconnectWhenSilent(): void {
    const { clock, database, feed, observe } = this.#options
    const now = clock.monotonic()
    if (now - Math.max(feed.contactAt, this.#reconnectedAt) < RECONNECT_MS) return
    this.#reconnectedAt = now
    observe({ type: 'store_degraded', message: 'the database gives no answer: its connections are made anew' })
    database.reconnect()
  }

  /** Catches up, and tells the others from time to time that it does. Only what was told counts as contact, so that this
   *  process stops before anybody takes it for stopped. */
  async #renew(): Promise<void> {
    const { clock, feed, followers } = this.#options
    await feed.catchUp()
    if (followers === undefined || clock.monotonic() - this.#renewedAt < RENEW_MS) return
    const { contactAt } = feed
    await followers.renew()
    this.#trustedAt = contactAt
    this.#renewedAt = clock.monotonic()
  }
}
