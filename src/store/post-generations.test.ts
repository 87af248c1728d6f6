import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import type { Database } from './database.ts'
import { postGenerations } from './post-generations.ts'
import { loadKeySpend } from './queries/keys.ts'

const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'
const FRIDAY = Date.UTC(2026, 4, 29, 23, 59, 59)
const MONDAY = Date.UTC(2026, 5, 1)

function generation(name: string, atMs: number, fields: Record<string, unknown> = {}) {
  const id = `gen-${atMs / 1_000}-${name.padEnd(20, '0')}`
  const record = {
    id,
    requestId: `req-${name}`,
    organizationId: 'org',
    workspaceId: WORKSPACE,
    keyId: '7',
    userId: null,
    apiType: 'completions',
    model: 'some/model',
    endpointId: 'some',
    providerName: 'Some',
    upstreamId: null,
    streamed: false,
    cancelled: false,
    outcome: 'done',
    finishReason: 'stop',
    nativeFinishReason: 'stop',
    usage: { promptTokens: 10, completionTokens: 5, reasoningTokens: 2, cachedTokens: 1 },
    usageEstimated: false,
    usageRaw: null,
    cost: '1000',
    promptCost: '400',
    uncharged: '0',
    upstreamCost: null,
    priceVersion: 'v1',
    latencyMs: 12,
    generationTimeMs: 13,
    attempts: [],
    origin: '',
    replicaId: 'here',
    ...fields,
  }
  return { id, json: Buffer.from(JSON.stringify(record)) }
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
  })
  afterAll(() => close())

  const read = async (table: string, columns: string): Promise<string[]> => {
    const { rows } = await sql<{ line: string }>`
      SELECT concat_ws(' ', ${sql.raw(columns)}) AS line FROM ${sql.table(table)} ORDER BY line`.execute(
      database.kysely,
    )
    return rows.map(({ line }) => line)
  }
  const counters = (): Promise<string[]> => read('counter', 'scope_kind, interval, window_start, settled_nano')
  const ledger = (): Promise<string[]> => read('ledger_entry', 'kind, debit_account, credit_account, amount_nano')
  const activity = (): Promise<string[]> =>
    read(
      'activity',
      'date, key_id, user_id, app, usage_nano, requests, prompt_tokens, completion_tokens, reasoning_tokens',
    )

  test('each generation counts once in each window of its key, workspace and organization, in the roll-up and in the ledger, however often it is posted', async () => {
    const first = [
      generation('a', FRIDAY),
      generation('b', MONDAY, { cost: '30' }),
      generation('c', MONDAY, { cost: '0' }),
    ]
    await postGenerations(database.kysely, first, false)
    const again = [...first, generation('d', MONDAY, { cost: '5', userId: 'u', origin: 'https://app' })]
    await postGenerations(database.kysely, [...again, ...again], false)
    await postGenerations(database.kysely, again, false)
    const windows = [
      'daily 2026-05-29 1000',
      'daily 2026-06-01 35',
      'lifetime 1970-01-01 1035',
      'monthly 2026-05-01 1000',
      'monthly 2026-06-01 35',
      'weekly 2026-05-25 1000',
      'weekly 2026-06-01 35',
    ]
    expect(await counters()).toEqual(
      [
        ...['key', 'organization'].flatMap((scope) => windows.map((line) => `${scope} ${line}`)),
        ...['member', 'organization_member'].flatMap((scope) =>
          ['daily 2026-06-01', 'lifetime 1970-01-01', 'monthly 2026-06-01', 'weekly 2026-06-01'].map(
            (line) => `${scope} ${line} 5`,
          ),
        ),
        'pool lifetime 1970-01-01 1035',
        ...windows.map((line) => `workspace ${line}`),
      ].toSorted(),
    )
    expect(await activity()).toEqual([
      '2026-05-29 7   1000 1 10 5 2',
      '2026-06-01 7   30 2 20 10 4',
      '2026-06-01 7 u https://app 5 1 10 5 2',
    ])
    const sums = 'usage_nano, requests, completion_tokens, latency_ms, latency_requests, generation_time_ms'
    expect(await read('activity_by_workspace', `date, workspace_id, ${sums}`)).toEqual([
      `2026-05-29 ${WORKSPACE} 1000 1 5 12 1 13`,
      `2026-06-01 ${WORKSPACE} 35 3 15 36 3 39`,
    ])
    expect(await read('activity_total', `date, ${sums}`)).toEqual([
      '2026-05-29 1000 1 5 12 1 13',
      '2026-06-01 35 3 15 36 3 39',
    ])
    expect(await read('activity_latency', 'date, model, latency_ms, requests')).toEqual([
      '2026-05-29 some/model 12 1',
      '2026-06-01 some/model 12 3',
    ])
    expect(await ledger()).toEqual([
      'charge organization:org revenue:org 1000',
      'charge organization:org revenue:org 30',
      'charge organization:org revenue:org 5',
      'grant funding:org organization:org 1030',
      'grant funding:org organization:org 5',
    ])
  })

  test('what replicas may still spend of a key is told as pending, once for all its windows', async () => {
    const spendOf = async () => (await loadKeySpend(database.kysely, [7n, 8n], MONDAY)).get(7n)
    expect(await spendOf()).toMatchObject({ pending: 0n, credit: { daily: 35n, lifetime: 1_035n } })
    await sql`UPDATE counter SET leased_nano = CASE interval WHEN 'daily' THEN 40 ELSE 60 END
      WHERE scope_kind = 'key' AND window_start IN ('2026-06-01', '1970-01-01')`.execute(database.kysely)
    expect(await spendOf()).toMatchObject({ pending: 60n, credit: { daily: 35n } })
    await sql`UPDATE counter SET leased_nano = 0`.execute(database.kysely)
  })

  test('an organization that pays in advance is charged and granted nothing', async () => {
    const before = (await ledger()).length
    await postGenerations(database.kysely, [generation('e', MONDAY)], true)
    expect((await ledger()).length).toBe(before + 1)
  })

  test('a batch that the database refuses leaves nothing behind', async () => {
    const before = [await counters(), await activity(), await ledger()]
    const batch = [generation('f', MONDAY), generation('g', MONDAY, { cost: '-1' })]
    await expect(postGenerations(database.kysely, batch, false)).rejects.toThrow()
    expect([await counters(), await activity(), await ledger()]).toEqual(before)
  })

  test('latencies count in steps of at most a 16th, and what has none adds nothing but itself', async () => {
    const latencies = [0, 15, 16, 31, 32, 33, 100, 1_000, 4_096, 2_147_483_647, null]
    const of = (latencyMs: number | null, at: number) =>
      generation(`l${at}x`, MONDAY, { model: 'timed', latencyMs, generationTimeMs: at === 0 ? 0 : null })
    await postGenerations(database.kysely, latencies.map(of), false)
    const { rows } = await sql<{ latency_ms: number; requests: bigint; step: number }>`
      SELECT latency_ms, requests, latency_step_ms(latency_ms) AS step FROM activity_latency WHERE model = 'timed'
      ORDER BY latency_ms`.execute(database.kysely)
    expect(rows.map((row) => row.latency_ms)).toEqual([0, 15, 16, 31, 32, 100, 992, 4_096, 2_080_374_784])
    expect(rows.map((row) => Number(row.requests))).toEqual([1, 1, 1, 1, 2, 1, 1, 1, 1])
    for (const { latency_ms, step } of rows) expect(step).toBeLessThanOrEqual(Math.max(1, latency_ms / 16))
    const sums = 'requests, latency_requests, generation_time_requests, timed_completion_tokens'
    expect(await read('activity_total', `model, ${sums}`)).toContain('timed 11 10 1 0')
  })

  test('of a field that the JSON gives twice the later one counts', async () => {
    const { id, json } = generation('i', MONDAY)
    const text = json.toString().replace('"model":"some/model"', '"model":"first/model","model":"second/model"')
    await postGenerations(database.kysely, [{ id, json: Buffer.from(text) }], false)
    const { rows } = await sql<{ model: string }>`SELECT model FROM generation WHERE id = ${id}`.execute(
      database.kysely,
    )
    expect(rows).toEqual([{ model: 'second/model' }])
  })

  test('what is no generation id is refused before anything is written', async () => {
    const odd = { ...generation('h', MONDAY), id: 'gen-x' }
    await expect(postGenerations(database.kysely, [odd], false)).rejects.toThrow('gen-x')
  })

  test('a decision is kept, one about nothing is told from one that nobody recorded', async () => {
    const decision = { rules: 'r', limit: { at: 0, amount: '5', settled: '1', held: '0' } }
    const usage = { promptTokens: 3, completionTokens: 0, reasoningTokens: 0, cachedTokens: 0 }
    const more = { cacheWriteTokens: 2, audioTokens: 1, images: 4, searchUnits: 7 }
    const posted = [
      generation('why', MONDAY, { decision, held: '9', usage: { ...usage, ...more } }),
      generation('whynothing', MONDAY, { decision: {}, held: '0' }),
      generation('whyearlier', MONDAY),
    ]
    await postGenerations(database.kysely, posted, false)
    const rows = await database.kysely
      .selectFrom('generation')
      .select(['decision', 'held_nano', 'tokens_cache_write', 'tokens_audio', 'images', 'search_units'])
      .where('request_id', 'like', 'req-why%')
      .orderBy('request_id')
      .execute()
    const none = { tokens_cache_write: null, tokens_audio: null, images: null, search_units: null }
    expect(rows).toEqual([
      { decision, held_nano: 9n, tokens_cache_write: 2, tokens_audio: 1, images: 4, search_units: 7 },
      { decision: null, held_nano: null, ...none },
      { decision: {}, held_nano: 0n, ...none },
    ])
  })
})
