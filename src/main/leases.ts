import { setTimeout as sleep } from 'node:timers/promises'
import { counterKeyOf } from '../domain/lease-protocol.ts'
import { LIFETIME_START } from '../domain/windows.ts'
import { LeaseBook, type LeaseBookOptions } from '../gateway/lease/lease-book.ts'
import { LeaseLink } from '../gateway/lease/lease-link.ts'
import { LEASE_TIMINGS } from '../gateway/lease/lease-session.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from '../store/database.ts'
import { answerLeases, notifyScarce, SCARCE_CHANNEL, suspendLeases } from '../store/leases.ts'
import { countUnconfirmedLeases } from '../store/queries/leases.ts'
import { PROCESS_ID } from './store.ts'

const TICK_MS = 100
/** Where notifications don't come through, heartbeats tell what others wait for: sooner than these are refused. */
const HEARTBEAT_UNNOTIFIED_MS = 500
const START_MS_MAX = 30_000
const STOP_MS_MAX = 5_000
const POLL_MS = 10
/** So soon others have heard and answered, mostly. */
const RECALL_MS = 300
const SUSPEND_MS = 30_000
/** Well after a replica that hears nothing has stopped by itself. */
const SILENT_MS = 90_000

export interface Leases {
  book: LeaseBook
  /** Resolves when requests may be charged. What earlier processes recorded must be in the database. `isUnnotified`: whether
   *  notifications don't come through. */
  start: (isUnnotified: () => boolean) => Promise<void>
  /** Has this and every other replica give back what they don't use of a pool. */
  recallPool: (pool: string) => Promise<void>
  /** How many leases of the installation wait for an administrator, as of half a minute ago at most. */
  unconfirmedCount: () => number
  /** Gives back all that may be: after everything is posted. */
  stop: () => Promise<void>
}

/** Lets this process spend what it leases from the database. `journal` is its name as long as nothing in it can be lost. */
export function createLeases(
  database: Database,
  context: {
    replicaId: string
    journal: string
    afterEnds: LeaseBookOptions['afterEnds']
    staleMs: number
    observe: Observe
  },
): Leases {
  const { replicaId: replica, afterEnds, journal, staleMs, observe } = context
  const { kysely: db } = database
  const link = new LeaseLink({
    ask: (requests) => answerLeases(db, requests),
    receive: (answer) => book.receive(answer),
    observe,
  })
  const { send } = link
  const { monotonic, now } = clock
  const { random } = Math
  const process = PROCESS_ID
  let mustAskOften = () => false
  const timings = {
    ...LEASE_TIMINGS,
    ttlMs: staleMs,
    get heartbeatMs() {
      return mustAskOften() ? HEARTBEAT_UNNOTIFIED_MS : LEASE_TIMINGS.heartbeatMs
    },
  }
  const book = new LeaseBook({ replica, process, journal, timings, monotonic, now, random, afterEnds, send })
  let ticking: NodeJS.Timeout | undefined
  let suspending: RepeatLoop | undefined
  let unconfirmedCount = 0
  const settleUntil = async (isDone: () => boolean, waitMs: number) => {
    const end = monotonic() + waitMs
    while (!isDone() && monotonic() < end) {
      book.tick()
      await link.drained()
      if (!isDone()) await sleep(POLL_MS)
    }
  }
  return {
    book,
    start: async (isUnnotified) => {
      mustAskOften = isUnnotified
      book.replayed()
      await settleUntil(() => book.isFresh, START_MS_MAX)
      if (!book.isFresh) throw new Error('the database gives no answer about leases')
      await database.listen(SCARCE_CHANNEL, { onNotify: (counter) => book.nowScarce(counter) })
      ticking = setInterval(() => book.tick(), TICK_MS)
      const run = async () => {
        const count = await suspendLeases(db, Math.ceil((staleMs + SILENT_MS) / 1_000))
        if (count > 0n) observe({ type: 'leases_suspended', count: Number(count) })
        unconfirmedCount = await countUnconfirmedLeases(db)
      }
      suspending = new RepeatLoop({ intervalMs: SUSPEND_MS, run, onFailure: () => {} })
    },
    recallPool: async (pool) => {
      const window = { interval: 'lifetime', windowStart: LIFETIME_START } as const
      const counter = counterKeyOf({ scopeKind: 'pool', scopeId: pool, kind: 'credit', ...window })
      book.nowScarce(counter)
      await notifyScarce(db, [counter])
      await link.drained()
      if (database.embedded === undefined) await sleep(RECALL_MS)
    },
    unconfirmedCount: () => unconfirmedCount,
    stop: async () => {
      clearInterval(ticking)
      await suspending?.stop()
      book.giveBackAll()
      await settleUntil(() => book.isEmpty, STOP_MS_MAX)
    },
  }
}
