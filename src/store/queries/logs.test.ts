import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../../test/harness/test-store.ts'
import type { Database } from '../database.ts'
import { type LogFilter, type LogPosition, listLogRows } from './logs.ts'

const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'
const BEGIN = Date.UTC(2031, 2, 15)
const LIMIT = 3
const LOOK_MAX = 4

const FILTER: LogFilter = {
  organizationId: 'org',
  visible: { workspaceIds: 'all', ownOnlyIn: [], userId: null },
  limit: LIMIT,
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  /** 24 generations, one a second, of which each eighth is of the rare model, and after each sixth a refused one of it. */
  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
    const at = sql`${new Date(BEGIN).toISOString()}::timestamptz + n * interval '1 second'`
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
    await sql`INSERT INTO generation (id, created_at, request_id, organization_id, workspace_id, key_id, api_type, model, endpoint_id,
        provider_name, streamed, cancelled, outcome, tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached,
        usage_estimated, cost_nano, price_version, attempts, replica_id)
      SELECT 'gen-' || lpad(n::text, 2, '0'), ${at}, 'req', 'org', ${WORKSPACE}::uuid, 1, 'completions',
        CASE WHEN n % 8 = 0 THEN 'rare' ELSE 'usual' END, 'e', 'P', false, false, 'done', 1, 1, 0, 0, false, n, 'none', '[]', 'r'
      FROM generate_series(0, 23) AS n`.execute(database.kysely)
    await sql`INSERT INTO refused_request (id, created_at, organization_id, workspace_id, key_id, status, code, message, model)
      SELECT 'req-' || lpad(n::text, 2, '0'), ${at}, 'org', ${WORKSPACE}::uuid, 1, 402, 'payment_required', 'no', 'rare'
      FROM generate_series(0, 23, 6) AS n`.execute(database.kysely)
  })
  afterAll(() => close())

  /** The ids of each page, as somebody meets them who follows the list to its end. */
  async function pages(filter: Partial<LogFilter>, lookMax = LOOK_MAX): Promise<string[][]> {
    const met: string[][] = []
    for (let after: LogPosition | undefined; ; ) {
      const { rows, lookedTo } = await listLogRows(database.kysely, { ...FILTER, ...filter, after }, lookMax)
      met.push(rows.map(({ id }) => id))
      const last = rows.at(-1)
      after = rows.length === LIMIT && last !== undefined ? { at: last.created_at, id: last.id } : lookedTo
      if (after === undefined) return met
    }
  }

  const RARE = ['req-18', 'gen-16', 'req-12', 'gen-08', 'req-06', 'req-00', 'gen-00']

  test('what no index knows is looked for among so many at a time, and whoever goes on finds all of it once, in order', async () => {
    const met = await pages({ model: 'rare' })
    expect(met.flat()).toEqual(RARE)
    expect(met.length).toBeGreaterThanOrEqual(24 / LOOK_MAX)
  })

  test('a page that ends early has no refused request from before the place that was looked to', async () => {
    const { rows, lookedTo } = await listLogRows(database.kysely, { ...FILTER, model: 'rare' }, LOOK_MAX)
    expect(lookedTo).toEqual({ at: BEGIN + 20_000, id: 'gen-20' })
    expect(rows).toEqual([])
  })

  test('what is nowhere is looked for until nothing is left', async () => {
    const met = await pages({ model: 'never' })
    expect(met.flat()).toEqual([])
    expect(met).toHaveLength(24 / LOOK_MAX + 1)
  })

  test('with enough to look at a page is as full as there are entries', async () => {
    expect(await pages({ model: 'rare' }, 100)).toEqual([RARE.slice(0, 3), RARE.slice(3, 6), RARE.slice(6)])
  })

  test('costs narrow down generations alone', async () => {
    expect((await pages({ costMin: 22n })).flat()).toEqual(['gen-23', 'gen-22'])
  })

  test('what an index knows is found however far away it is', async () => {
    const { rows, lookedTo } = await listLogRows(database.kysely, { ...FILTER, keyId: 1n, to: BEGIN + 1_000 }, 1)
    expect(rows.map(({ id }) => id)).toEqual(['req-00', 'gen-00'])
    expect(lookedTo).toBeUndefined()
  })
})
