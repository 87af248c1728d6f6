import { type KyselyPlugin, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import type { LeaseRequest } from '../domain/lease-protocol.ts'
import type { Database } from './database.ts'
import { answerLease } from './leases.ts'

const LIMIT = 1_000n
const HOLD = 30n

/** A limit on one counter, all of which is for everybody. */
const ALONE = { keep: 0n, beside: null, besideLimit: null }

const askOf = (replica: string, at: number, counters: readonly string[]): LeaseRequest => ({
  type: 'grant',
  replica,
  generation: 1,
  ask: `${replica}.${at}`,
  slices: counters.map((counter) => ({
    lease: `${replica}.${at}.${counter}`,
    organization: 'org',
    counter,
    limit: LIMIT,
    limitVersion: 1n,
    ...ALONE,
    min: HOLD,
    hold: HOLD,
    need: HOLD,
    want: 5n * HOLD,
  })),
})

/** Holds up whoever has read a counter, which locks it. */
function stopsOnceLocked(hasLocked: () => void, woken: Promise<void>): KyselyPlugin {
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows.some((row) => 'settled_nano' in row)) {
        hasLocked()
        await woken
      }
      return result
    },
  }
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openTestStore(mode))
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
  })
  afterAll(() => close())

  const ask = (replica: string, at: number, counters: readonly string[]) =>
    answerLease(database.kysely, askOf(replica, at, counters))

  test('replicas that ask at the same time, in whatever order, are granted the limit and no more, on each counter alike', async () => {
    const replicas = ['a', 'b', 'c', 'd']
    const counters = ['key|1|credit|lifetime|1970-01-01', 'organization|org|credit|lifetime|1970-01-01']
    for (const replica of replicas) {
      await answerLease(database.kysely, { type: 'register', replica, process: replica, journal: 'j' })
    }
    const asks = replicas.flatMap((replica, turn) =>
      Array.from({ length: 20 }, (_, at) => ask(replica, at, turn % 2 === 0 ? counters : counters.toReversed())),
    )
    const answers = await Promise.all(asks)
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['granted', 'denied']))
    const { rows } = await sql<{ leased: bigint; granted: bigint; limit: bigint }>`
      SELECT leased_nano AS leased, ceiling_nano AS limit, (SELECT sum(granted_nano)::bigint FROM lease
        WHERE lease.scope_kind = counter.scope_kind) AS granted
      FROM counter WHERE leased_nano > 0`.execute(database.kysely)
    expect(rows).toHaveLength(2)
    for (const { leased, granted, limit } of rows) {
      expect(granted).toBe(leased)
      expect(limit).toBe(LIMIT)
      expect(leased).toBeGreaterThan(LIMIT - HOLD)
      expect(leased).toBeLessThanOrEqual(LIMIT)
    }
  })

  test.skipIf(mode === 'embedded')(
    'a replica that stops in the middle of asking, with counters locked, keeps no other from its share for longer than it waits',
    async () => {
      const { promise: woken, resolve: wake } = Promise.withResolvers<void>()
      const { promise: locked, resolve: hasLocked } = Promise.withResolvers<void>()
      const stopping = stopsOnceLocked(hasLocked, woken)
      const grantTo = (replica: string, db = database.kysely) =>
        answerLease(db, askOf(replica, 0, ['key|2|credit|lifetime|1970-01-01']))
      for (const replica of ['e', 'f']) {
        await answerLease(database.kysely, { type: 'register', replica, process: replica, journal: 'j' })
      }
      const stopped = grantTo('e', database.kysely.withPlugin(stopping))
      await locked
      // Of its connection, which the database has ended by the time it goes on.
      const failure = expect(stopped).rejects.toThrow()
      const other = await grantTo('f').finally(wake)
      expect(other.type).toBe('granted')
      await failure
    },
  )

  test('what no rule would do the database itself refuses: more leased than the limit allows', async () => {
    const over = sql`UPDATE counter SET leased_nano = leased_nano + 1000`.execute(database.kysely)
    await expect(over).rejects.toThrow('counter_within_ceiling')
  })
})
