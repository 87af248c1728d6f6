import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../../test/harness/test-store.ts'
import { newUuid } from '../../platform/ids.ts'
import type { Database } from '../database.ts'
import { toIso } from '../schema.ts'
import {
  type ClaimedDestination,
  claimDestinations,
  deleteUnwaitedContents,
  listWaiting,
  settleBroadcast,
} from './broadcast.ts'
import { boundDeliveries, foldBroadcastCounts, listBroadcastStandings } from './broadcast-bounds.ts'
import { deleteBroadcastsOf, reviveDeliveries } from './broadcast-state.ts'

const NOW = Date.UTC(2026, 10, 22)
const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>
  let destination: string

  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'org', now())`.execute(database.kysely)
    const workspace = { id: WORKSPACE, organization_id: 'org', slug: 'here', name: 'Here', created_at: toIso(NOW) }
    await database.kysely
      .insertInto('workspace')
      .values({ ...workspace, is_observability_broadcast_enabled: true } as never)
      .execute()
  }, 120_000)
  afterAll(() => close())
  beforeEach(async () => {
    for (const table of ['broadcast_delivery', 'broadcast_content', 'broadcast_state'] as const)
      await database.kysely.deleteFrom(table).execute()
    destination = await newDestination()
  })

  async function newDestination(): Promise<string> {
    const id = newUuid()
    const place = { organization_id: 'org', workspace_id: WORKSPACE }
    await database.kysely
      .insertInto('observability_destination')
      .values({
        ...place,
        id,
        type: 'webhook',
        name: 'hook',
        enabled: true,
        config: '{}',
        secrets: null,
        privacy_mode: true,
        sampling_rate: 1,
        api_key_hashes: null,
        filter_rules: null,
        broadcast_generation_cost: false,
        broadcast_generation_identity: false,
        broadcast_generation_request_context: false,
        regions: ['global'],
        created_at: toIso(NOW),
        updated_at: toIso(NOW),
      })
      .execute()
    await database.kysely
      .insertInto('broadcast_state')
      .values({ ...place, destination_id: id })
      .execute()
    return id
  }

  async function queue(count: number, to = destination): Promise<void> {
    const rows = Array.from({ length: count }, (_, at) => ({
      destination_id: to,
      generation_id: `gen-${at}`,
      organization_id: 'org',
      workspace_id: WORKSPACE,
      started_at: toIso(NOW),
      ended_at: toIso(NOW + at),
      awaits_content: false,
    }))
    await database.kysely.insertInto('broadcast_delivery').values(rows).execute()
  }

  const claim = (now: number, limit = 10) =>
    claimDestinations(database.kysely, { leaseId: newUuid(), now, leaseMs: 60_000, settleMs: 1_000, limit })
  const waiting = async () =>
    (await listWaiting(database.kysely, destination, { limit: 100, until: NOW + 60_000 })).map(
      (row) => row.generation_id,
    )
  const settle = (claimed: ClaimedDestination, outcome: Partial<Parameters<typeof settleBroadcast>[2]>) =>
    settleBroadcast(database.kysely, claimed, {
      delivered: [],
      leftOut: [],
      dead: [],
      failure: null,
      now: NOW,
      ...outcome,
    })
  const stateOf = () =>
    database.kysely
      .selectFrom('broadcast_state')
      .selectAll()
      .where('destination_id', '=', destination)
      .executeTakeFirstOrThrow()

  async function claimOne(now: number): Promise<ClaimedDestination> {
    const [claimed] = await claim(now)
    if (claimed === undefined) throw new Error('nothing was claimed')
    return claimed
  }

  test('a destination is sent to by one at a time, until its lease ends or it is let go', async () => {
    await queue(1)
    expect(await claim(NOW + 999)).toEqual([])
    const all = await Promise.all([claim(NOW + 1_000), claim(NOW + 1_000), claim(NOW + 1_000)])
    expect(all.flat().map(({ id }) => id)).toEqual([destination])
    expect(await claim(NOW + 60_999)).toEqual([])
    const late = await claimOne(NOW + 61_000)
    await settle(late, {})
    expect((await claim(NOW + 61_000)).length).toBe(1)
  })

  test('who lost its lease changes nothing of how the destination stands, but what it delivered is delivered', async () => {
    await queue(2)
    const first = await claimOne(NOW + 1_001)
    await claimOne(NOW + 61_001)
    const failure = { message: 'late', nextAttemptAt: null, isRetried: true }
    await settle(first, { delivered: ['gen-0'], failure })
    expect(await stateOf()).toMatchObject({ last_error: null, delivered: 0n })
    expect(await waiting()).toEqual(['gen-1'])
  })

  test('a failure puts the next attempt off, and a success forgets it', async () => {
    await queue(2)
    const failure = { message: 'down', nextAttemptAt: NOW + 5_000, isRetried: true }
    await settle(await claimOne(NOW + 1_001), { failure })
    expect(await stateOf()).toMatchObject({ attempts: 1, last_error: 'down', failing_since: NOW, lease_id: null })
    expect(await claim(NOW + 4_999)).toEqual([])
    const again = await claimOne(NOW + 5_000)
    expect(again.attempts).toBe(1)
    await settle(again, { failure: { ...failure, message: 'still' }, now: NOW + 1 })
    expect(await stateOf()).toMatchObject({ attempts: 2, last_error: 'still', failing_since: NOW })
    await settle(await claimOne(NOW + 5_000), { delivered: ['gen-0', 'gen-1'], now: NOW + 2 })
    expect(await stateOf()).toMatchObject({
      attempts: 0,
      last_error: null,
      failing_since: null,
      next_attempt_at: null,
      last_delivered_at: NOW + 2,
      delivered: 2n,
    })
    expect(await waiting()).toEqual([])
  })

  test('beyond the bound the oldest die, and beyond theirs the oldest dead are dropped and counted', async () => {
    const other = await newDestination()
    await queue(7)
    await queue(3, other)
    const bounds = { waitingMax: 4, deadMax: 2, changeMax: 100 }
    const changed = await boundDeliveries(database.kysely, { ...bounds, now: NOW })
    expect([[...changed.died], [...changed.dropped]]).toEqual([[['webhook', 3]], [['webhook', 1]]])
    expect(await waiting()).toEqual(['gen-3', 'gen-4', 'gen-5', 'gen-6'])
    const dead = await database.kysely
      .selectFrom('broadcast_delivery')
      .select(['generation_id', 'dead_reason'])
      .where('dead_at', 'is not', null)
      .orderBy('generation_id')
      .execute()
    expect(dead).toEqual(
      ['gen-1', 'gen-2'].map((generation_id) => ({ generation_id, dead_reason: 'more than 4 were waiting' })),
    )
    expect((await stateOf()).dropped).toBe(1n)
    const again = await boundDeliveries(database.kysely, { ...bounds, now: NOW })
    expect([again.died.size, again.dropped.size]).toEqual([0, 0])
  })

  test('at once no more are given up than may be changed at a time', async () => {
    await queue(7)
    const bounds = { waitingMax: 1, deadMax: 1, now: NOW, changeMax: 2 }
    await boundDeliveries(database.kysely, bounds)
    expect((await waiting()).length).toBe(5)
  })

  async function counted(): Promise<{ rows: number; waiting: number; dead: number }> {
    const rows = await database.kysely
      .selectFrom('broadcast_count')
      .select(['waiting', 'dead'])
      .where('destination_id', '=', destination)
      .execute()
    const sum = (pick: 'waiting' | 'dead') => rows.reduce((total, row) => total + row[pick], 0)
    return { rows: rows.length, waiting: sum('waiting'), dead: sum('dead') }
  }

  test('what waits and what is dead stays counted, whatever becomes of it, and is counted in one row at last', async () => {
    await queue(5)
    expect(await counted()).toEqual({ rows: 1, waiting: 5, dead: 0 })
    const failure = { message: 'no', nextAttemptAt: null, isRetried: false }
    await settle(await claimOne(NOW + 2_000), { delivered: ['gen-0'], leftOut: ['gen-1'], dead: ['gen-2'], failure })
    expect(await counted()).toMatchObject({ waiting: 2, dead: 1 })
    await foldBroadcastCounts(database.kysely, 100)
    expect(await counted()).toEqual({ rows: 1, waiting: 2, dead: 1 })
    await database.kysely.transaction().execute((tx) => reviveDeliveries(tx, destination, undefined))
    await Promise.all(Array.from({ length: 4 }, () => foldBroadcastCounts(database.kysely, 100)))
    expect(await counted()).toMatchObject({ waiting: 3, dead: 0 })
    await database.kysely.transaction().execute((tx) => deleteBroadcastsOf(tx, destination))
    await foldBroadcastCounts(database.kysely, 100)
    expect(await counted()).toEqual({ rows: 0, waiting: 0, dead: 0 })
  })

  test('all destinations of a type stand together; what waits for one that is not sent to is not late', async () => {
    const off = await newDestination()
    await queue(3)
    await queue(2, off)
    const disabled = { enabled: false }
    await database.kysely.updateTable('observability_destination').set(disabled).where('id', '=', off).execute()
    await settle(await claimOne(NOW + 2_000), {
      delivered: ['gen-0'],
      dead: ['gen-2'],
      failure: { message: 'no', nextAttemptAt: null, isRetried: false },
    })
    expect(await listBroadcastStandings(database.kysely)).toEqual([
      { type: 'webhook', waiting: 3, dead: 1, failing: 1, oldest_waiting_at: NOW + 1 },
    ])
  })

  test('content goes with the last delivery that waits for it, a dead one included', async () => {
    const other = await newDestination()
    await queue(2)
    await queue(1, other)
    const rows = ['gen-0', 'gen-1', 'gen-unsampled'].map((generation_id) => ({
      generation_id,
      organization_id: 'org',
      workspace_id: WORKSPACE,
      content: 'sealed',
      created_at: toIso(NOW),
    }))
    await database.kysely.insertInto('broadcast_content').values(rows).execute()
    const left = async () =>
      (
        await database.kysely.selectFrom('broadcast_content').select('generation_id').orderBy('generation_id').execute()
      ).map(({ generation_id }) => generation_id)
    const claimed = (await claim(NOW + 2_000)).find(({ id }) => id === destination)
    if (claimed === undefined) throw new Error('not claimed')
    const failure = { message: 'no', nextAttemptAt: null, isRetried: false }
    await settle(claimed, { delivered: ['gen-0'], dead: ['gen-1'], failure })
    expect(await left()).toEqual(['gen-0', 'gen-1', 'gen-unsampled'])
    await settle({ ...claimed, id: other }, { delivered: ['gen-0'] })
    expect(await left()).toEqual(['gen-1', 'gen-unsampled'])
    expect(await deleteUnwaitedContents(database.kysely, NOW)).toBe(0)
    expect(await deleteUnwaitedContents(database.kysely, NOW + 1)).toBe(1)
    expect(await left()).toEqual(['gen-1'])
  })
})
