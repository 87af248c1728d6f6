import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Transcript } from '../../dialects/transcript.ts'
import type { Observation } from '../../observe/observation.ts'
import type { GenerationContent, OpenRecord } from '../ports.ts'
import { ContentQueue } from './content-queue.ts'
import type { Exchange } from './encode-content.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function exchange(id: string, request = '{"messages":[{"role":"user","content":"hi"}]}'): Exchange {
  const open = { id, organizationId: 'org', workspaceId: 'w', keyId: 1n, userId: null, model: 'a/b' } as OpenRecord
  const transcript = new Transcript()
  transcript.add({ content: 'hello' })
  return { open, at: 0, kept: request, broadcast: null, transcript, attempts: [], failure: null }
}

function start(post: (batch: readonly GenerationContent[]) => Promise<void>) {
  const told: Observation[] = []
  const queue = new ContentQueue({ post, observe: (observation) => told.push(observation) })
  const dropped = () => told.reduce((sum, one) => sum + (one.type === 'contents_dropped' ? one.count : 0), 0)
  return { queue, dropped }
}

/** Lets timers run and, between them, what waits for a turn of the real event loop. */
async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 500) {
    await vi.advanceTimersByTimeAsync(500)
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('contents arrive once each, in order, in batches', async () => {
  const batches: string[][] = []
  const { queue, dropped } = start(async (batch) => void batches.push(batch.map(({ generationId }) => generationId)))
  const ids = Array.from({ length: 120 }, (_, at) => `gen-${at}`)
  for (const id of ids) queue.record(exchange(id))
  expect(batches).toEqual([])
  await pass(2_000)
  expect(batches.map(({ length }) => length)).toEqual([50, 50, 20])
  expect(batches.flat()).toEqual(ids)
  expect(dropped()).toBe(0)
})

test('while the database is away at most 64 MiB wait; the rest is counted, and room comes back', async () => {
  let isAway = true
  let posted = 0
  const { queue, dropped } = start(async (batch) => {
    if (isAway) throw new Error('away')
    posted += batch.length
  })
  const request = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(1_000_000) }] })
  for (let count = 0; count < 100; count += 1) queue.record(exchange(`gen-${count}`, request))
  await pass(1_000)
  isAway = false
  await pass(10_000)
  expect([posted, dropped()]).toEqual([67, 33])
  queue.record(exchange('gen-later', request))
  await pass(1_000)
  expect([posted, dropped()]).toEqual([68, 33])
})

test('who asks for them at once gets them at once, however many ask', async () => {
  const posted: string[] = []
  const { queue } = start(async (batch) => void posted.push(...batch.map(({ generationId }) => generationId)))
  await queue.waitUntilPosted(60_000)
  for (let count = 0; count < 20; count += 1) queue.record(exchange(`gen-${count}`))
  await Promise.all([1, 2, 3].map(() => queue.waitUntilPosted(60_000)))
  expect(posted.length).toBe(20)
  queue.record(exchange('gen-later'))
  await pass(1_000)
  expect(posted.length).toBe(21)
})

test('nobody waits for a database that is away', async () => {
  let tries = 0
  const { queue } = start(async () => {
    tries += 1
    throw new Error('away')
  })
  queue.record(exchange('gen-1'))
  for (let count = 0; count < 10; count += 1) await queue.waitUntilPosted(60_000)
  expect(tries).toBe(1)
})

test('nothing that waits is a wait for who records it', () => {
  const { queue } = start(() => new Promise(() => {}))
  for (let count = 0; count < 20_000; count += 1) expect(queue.record(exchange(`gen-${count}`))).toBeUndefined()
})

test('a stop posts what is left', async () => {
  const posted: string[] = []
  const { queue } = start(async (batch) => void posted.push(...batch.map(({ generationId }) => generationId)))
  for (let count = 0; count < 60; count += 1) queue.record(exchange(`gen-${count}`))
  await queue.stop()
  expect(posted.length).toBe(60)
})
