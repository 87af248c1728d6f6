import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Observation } from '../observe/observation.ts'
import type { RefusedRequest } from './ports.ts'
import { RefusalQueue } from './refusal-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function refusal(requestId: string, keyId = 1n): RefusedRequest {
  return {
    requestId,
    at: 0,
    organizationId: 'org_1',
    workspaceId: null,
    keyId,
    userId: null,
    status: 402,
    code: 'key_limit_exceeded',
    message: 'no',
    model: null,
    streamed: null,
    httpReferer: null,
    origin: '',
    appTitle: null,
    userAgent: null,
    ip: null,
    sessionId: null,
    externalUser: null,
  }
}

function start(post: (batch: readonly RefusedRequest[]) => Promise<void>) {
  const told: Observation[] = []
  const queue = new RefusalQueue({ post, observe: (observation) => told.push(observation) })
  const dropped = () => told.reduce((sum, one) => sum + (one.type === 'refusals_dropped' ? one.count : 0), 0)
  return { queue, dropped }
}

test('refusals of different keys arrive once each, in batches of at most 500', async () => {
  const batches: string[][] = []
  const { queue, dropped } = start(async (batch) => void batches.push(batch.map(({ requestId }) => requestId)))
  const ids = Array.from({ length: 1_200 }, (_, at) => `req-${at}`)
  for (const [at, id] of ids.entries()) queue.record(refusal(id, BigInt(at)))
  expect(batches).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(batches.map(({ length }) => length)).toEqual([500, 500, 200])
  expect(batches.flat()).toEqual(ids)
  expect(dropped()).toBe(0)
})

test('a key is recorded 300 times a minute at most; the rest is counted', async () => {
  let posted = 0
  const { queue, dropped } = start(async (batch) => {
    posted += batch.length
  })
  for (let count = 0; count < 1_000; count += 1) queue.record(refusal(`req-${count}`))
  queue.record(refusal('req-other', 2n))
  queue.record({ ...refusal('req-later'), at: 60_000 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect({ posted, dropped: dropped() }).toEqual({ posted: 302, dropped: 700 })
})

test('while the database is away at most 10,000 wait; the rest is counted', async () => {
  let isAway = true
  let posted = 0
  const { queue, dropped } = start(async (batch) => {
    if (isAway) throw new Error('away')
    posted += batch.length
  })
  for (let count = 0; count < 10_500; count += 1) queue.record(refusal(`req-${count}`, BigInt(count)))
  await vi.advanceTimersByTimeAsync(2_000)
  isAway = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect({ posted, dropped: dropped() }).toEqual({ posted: 10_000, dropped: 500 })
})

test('a batch that never succeeds is given up, counted, and lets the next one through', async () => {
  const posted: string[] = []
  const { queue, dropped } = start(async (batch) => {
    if (batch.some(({ requestId }) => requestId === 'bad')) throw new Error('cannot be stored')
    posted.push(...batch.map(({ requestId }) => requestId))
  })
  queue.record(refusal('bad'))
  for (let count = 0; count < 499; count += 1) queue.record(refusal(`with-${count}`, BigInt(count + 10)))
  queue.record(refusal('good', 3n))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(posted).toEqual(['good'])
  expect(dropped()).toBe(500)
})

test('a stop posts what is left', async () => {
  const posted: string[] = []
  const { queue } = start(async (batch) => void posted.push(...batch.map(({ requestId }) => requestId)))
  queue.record(refusal('last'))
  await queue.stop()
  expect(posted).toEqual(['last'])
})
