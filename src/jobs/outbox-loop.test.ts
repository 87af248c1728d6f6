import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestStore } from '../../test/harness/test-store.ts'
import type { Observation } from '../observe/observation.ts'
import { systemClock } from '../platform/clock.ts'
import { bootstrap } from '../store/bootstrap.ts'
import type { Database } from '../store/database.ts'
import { type DueDelivery, insertDelivery } from '../store/queries/outbox.ts'
import { Sealer } from '../store/sealer.ts'
import { OutboxLoop } from './outbox-loop.ts'

let database: Database
let close: () => Promise<void>
let organizationId: string
const sealer = new Sealer(Buffer.alloc(32, 1))

beforeAll(async () => {
  const store = await openTestStore()
  database = store.database
  close = store.close
  const options = {
    secrets: { current: 's', previous: null },
    managementKey: null,
    initialCredits: 0n,
    now: Date.now(),
  }
  organizationId = (await bootstrap(database.kysely, options)).organizationId
})
afterAll(() => close())
beforeEach(async () => {
  await database.kysely.deleteFrom('outbox').execute()
})

function add(payload: Record<string, unknown>, kind = 'test', notBefore?: number): Promise<string> {
  return database.kysely.transaction().execute((tx) =>
    insertDelivery(tx, sealer, {
      organizationId,
      workspaceId: null,
      kind,
      payload,
      now: Date.now(),
      ...(notBefore === undefined ? {} : { notBefore }),
    }),
  )
}

/** Runs a loop until `isDone`; its clock jumps over every pause. */
async function runLoop(
  deliver: (delivery: DueDelivery) => Promise<void>,
  isDone: () => boolean | Promise<boolean>,
  givenUp?: (delivery: DueDelivery) => Promise<void>,
) {
  const seen: Observation[] = []
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  const observe = (observation: Observation) => {
    seen.push(observation)
    ahead += 3_600_000
    loop.wake()
  }
  const loop = new OutboxLoop({
    db: database.kysely,
    sealer,
    clock,
    observe,
    deliverers: { test: deliver },
    ...(givenUp === undefined ? {} : { givenUp }),
    random: () => 0.5,
  })
  loop.start()
  while (!(await isDone())) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    loop.wake()
  }
  await loop.stop()
  return seen
}

const rows = () => database.kysely.selectFrom('outbox').selectAll().orderBy('created_at').execute()

test('each delivery is carried out once, in order, with its payload, which is then gone', async () => {
  for (const n of [1, 2, 3]) await add({ n, secret: 'canary' })
  expect(JSON.stringify(await rows())).not.toContain('canary')
  const got: unknown[] = []
  await runLoop(
    async ({ payload }) => void got.push(payload),
    async () => (await rows()).every(({ done_at }) => done_at !== null),
  )
  expect(got).toEqual([1, 2, 3].map((n) => ({ n, secret: 'canary' })))
  expect((await rows()).map(({ payload }) => payload)).toEqual(['', '', ''])
})

test('one that fails is tried again under the same id until it succeeds', async () => {
  const id = await add({ n: 1 })
  const ids: string[] = []
  const seen = await runLoop(
    async (delivery) => {
      ids.push(delivery.id)
      if (ids.length < 4) throw new Error('not yet')
    },
    async () => (await rows()).every(({ done_at }) => done_at !== null),
  )
  expect(ids).toEqual([id, id, id, id])
  expect(seen.map(({ type }) => type)).toEqual(Array(3).fill('delivery_failed'))
})

test('one that never succeeds is given up, told of, and stays to be looked at', async () => {
  await add({ n: 1 })
  const seen = await runLoop(
    async () => {
      throw new Error('the receiver is gone')
    },
    async () => (await rows()).every(({ dead_at }) => dead_at !== null),
  )
  expect(seen).toHaveLength(12)
  expect(seen.at(-1)).toMatchObject({ type: 'delivery_failed', attempts: 12, isGivenUp: true })
  expect(await rows()).toMatchObject([{ last_error: 'the receiver is gone', attempts: 12 }])
})

test('what is of another kind or not due is left alone', async () => {
  await add({ n: 1 }, 'of another version')
  await add({ n: 2 }, 'test', Date.now() + 60_000)
  const id = await add({ n: 3 })
  const ids: string[] = []
  await runLoop(
    async (delivery) => void ids.push(delivery.id),
    () => ids.length > 0,
  )
  expect(ids).toEqual([id])
})

test('one whose payload does not open is given up and keeps no other waiting', async () => {
  const broken = await add({ n: 1 })
  await database.kysely.updateTable('outbox').set({ payload: 'v1.AAAA.BBBB' }).where('id', '=', broken).execute()
  const id = await add({ n: 2 })
  const ids: string[] = []
  await runLoop(
    async (delivery) => void ids.push(delivery.id),
    () => ids.length > 0,
  )
  expect(ids).toEqual([id])
  expect((await rows()).find((row) => row.id === broken)?.dead_at).not.toBeNull()
})

test('a delivery that is given up is told of first; as long as that fails it is not given up', async () => {
  const id = await add({})
  let told = 0
  const attempts: number[] = []
  await runLoop(
    async (delivery) => {
      attempts.push(delivery.attempts)
      throw new Error('no')
    },
    async () => (await rows()).every(({ dead_at }) => dead_at !== null),
    async (delivery) => {
      expect(delivery.id).toBe(id)
      told += 1
      if (told === 1) throw new Error('not now')
    },
  )
  expect(told).toBe(2)
  expect(attempts.slice(-2)).toEqual([11, 11])
})
