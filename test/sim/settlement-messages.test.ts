import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EncodedGeneration } from '../../src/gateway/ports.ts'
import type { Database } from '../../src/store/database.ts'
import { postGenerations } from '../../src/store/post-generations.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { openTestStore, STORE_MODES } from '../harness/test-store.ts'

/*
 * What ends is posted at least once: a batch is sent again when nobody knows whether it was committed, and a journal is read again
 * after a crash. Here each end comes up to three times, in any order and in several batches at a time.
 */

const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? 20_261_122)
const ENDS = 120
const TIMES_MAX = 3
const BATCH_MAX = 9
const AT_ONCE_MAX = 3
const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'
const DAYS = [Date.UTC(2026, 4, 29, 23, 59, 58), Date.UTC(2026, 4, 31), Date.UTC(2026, 5, 1, 12)]

interface End extends EncodedGeneration {
  keyId: string
  cost: bigint
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>
  const random = seededRandom(SEED)
  const below = (count: number) => Math.floor(random() * count)

  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
  })
  afterAll(() => close())

  const newEnd = (serial: number): End => {
    const at = DAYS[below(DAYS.length)] ?? 0
    const id = `gen-${at / 1_000}-${String(serial).padStart(20, '0')}`
    const [keyId, cost] = [String(1 + below(3)), below(4) === 0 ? 0n : BigInt(1 + below(1_000_000))]
    const record = {
      ...{ id, requestId: `req-${serial}`, organizationId: 'org', workspaceId: WORKSPACE, keyId, userId: null },
      ...{ apiType: 'completions', model: 'some/model', endpointId: 'some', providerName: 'Some', upstreamId: null },
      ...{ streamed: false, cancelled: false, outcome: 'done', finishReason: 'stop', nativeFinishReason: 'stop' },
      ...{
        usage: { promptTokens: 1, completionTokens: 1, reasoningTokens: 0, cachedTokens: 0 },
        usageEstimated: false,
        usageRaw: null,
      },
      ...{ cost: cost.toString(), promptCost: '0', uncharged: '0', upstreamCost: null, priceVersion: 'v1' },
      ...{ latencyMs: 1, generationTimeMs: 2, attempts: [], origin: '', replicaId: 'here' },
    }
    return { id, json: Buffer.from(JSON.stringify(record)), keyId, cost }
  }

  const shuffled = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => ({ item, place: random() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item)

  const post = async (messages: readonly End[]): Promise<void> => {
    const left = [...messages]
    while (left.length > 0) {
      const batches = Array.from({ length: 1 + below(AT_ONCE_MAX) }, () => left.splice(0, 1 + below(BATCH_MAX)))
      await Promise.all(
        batches.filter(({ length }) => length > 0).map((batch) => postGenerations(database.kysely, batch, false)),
      )
      await requireSoundLedger()
    }
  }

  /** M9: a trial balance after each step. What an account has is the sum of its entries, and what was granted covers what was charged. */
  const requireSoundLedger = async (): Promise<void> => {
    const { rows } = await sql<{ account: string; balance: bigint }>`
      SELECT account, sum(amount)::bigint AS balance FROM (
        SELECT credit_account AS account, amount_nano AS amount FROM ledger_entry
        UNION ALL SELECT debit_account, -amount_nano FROM ledger_entry) AS side
      GROUP BY account ORDER BY account`.execute(database.kysely)
    const balances = new Map(rows.map(({ account, balance }) => [account, balance]))
    expect(rows.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n)
    expect(balances.get('organization:org') ?? 0n).toBe(0n)
    const counted = await sql<{ settled: bigint }>`
      SELECT coalesce(sum(settled_nano), 0)::bigint AS settled FROM counter
      WHERE scope_kind = 'pool' AND interval = 'lifetime'`.execute(database.kysely)
    expect(counted.rows[0]?.settled).toBe(balances.get('revenue:org') ?? 0n)
  }

  const read = async (text: string): Promise<unknown[]> => (await sql.raw<object>(text).execute(database.kysely)).rows
  const everything = () =>
    Promise.all([
      read('SELECT id, debit_account, credit_account, amount_nano FROM ledger_entry ORDER BY id'),
      read('SELECT * FROM counter ORDER BY scope_kind, scope_id, kind, interval, window_start'),
      read('SELECT date, key_id, usage_nano, requests FROM activity ORDER BY date, key_id'),
      read('SELECT id, cost_nano FROM generation ORDER BY id'),
    ])

  test('M7 each end is charged once, however often, late and in whatever order it comes, and its replay changes nothing', async () => {
    const ends = Array.from({ length: ENDS }, (_, serial) => newEnd(serial))
    const sent = ends.flatMap((end) => Array.from({ length: below(TIMES_MAX + 1) }, () => end))
    await post(shuffled(sent))
    // The journal has those too that never came.
    expect(new Set(sent).size).toBeLessThan(ENDS)
    await post(shuffled(ends))
    const charges = ends.filter(({ cost }) => cost > 0n)
    expect(
      await read(`SELECT generation_id, amount_nano FROM ledger_entry WHERE kind = 'charge' ORDER BY generation_id`),
    ).toEqual(
      charges
        .map(({ id, cost }) => ({ generation_id: id, amount_nano: cost }))
        .toSorted((a, b) => (a.generation_id < b.generation_id ? -1 : 1)),
    )
    const byKey = Map.groupBy(ends, ({ keyId }) => keyId)
    expect(
      await read(
        `SELECT scope_id, settled_nano FROM counter WHERE scope_kind = 'key' AND interval = 'lifetime' AND kind = 'credit' ORDER BY scope_id`,
      ),
    ).toEqual(
      [...byKey]
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([scope_id, of]) => ({ scope_id, settled_nano: of.reduce((sum, { cost }) => sum + cost, 0n) })),
    )
    const before = await everything()
    await post(shuffled([...ends, ...ends]))
    expect(await everything()).toEqual(before)
  })

  test.each([
    ['changed', `UPDATE ledger_entry SET amount_nano = amount_nano + 1`],
    ['deleted', `DELETE FROM ledger_entry`],
    ['truncated', `TRUNCATE ledger_entry`],
  ])('M9 no entry of the ledger can be %s, by its owner either', async (_how, statement) => {
    await post([newEnd(ENDS)])
    const before = await everything()
    await expect(sql.raw(statement).execute(database.kysely)).rejects.toThrow()
    expect(await everything()).toEqual(before)
  })
})
