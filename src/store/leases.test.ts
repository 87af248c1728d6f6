import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import type { Database } from './database.ts'
import { answerLease } from './leases.ts'

const LIMIT = 1_000n
const HOLD = 30n

/** A limit on one counter, all of which is for everybody. */
const ALONE = { keep: 0n, beside: null, besideLimit: null }

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openTestStore(mode))
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
  })
  afterAll(() => close())

  const ask = (replica: string, at: number, counters: readonly string[]) =>
    answerLease(database.kysely, {
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

  test('what no rule would do the database itself refuses: more leased than the limit allows', async () => {
    const over = sql`UPDATE counter SET leased_nano = leased_nano + 1000`.execute(database.kysely)
    await expect(over).rejects.toThrow('counter_within_ceiling')
  })
})
