import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SecurityEvent } from './ports.ts'
import { SecurityEvents } from './security-events.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const KEY = { id: 7n, organizationId: 'org', workspaceId: 'ws' }

function recorded() {
  const posted: SecurityEvent[][] = []
  const asked: string[][] = []
  const state = { isAway: false }
  const events = new SecurityEvents(
    async (batch) => {
      if (state.isAway) throw new Error('the database is away')
      posted.push(batch.map((event) => ({ ...event })))
    },
    async (hashes) => {
      if (state.isAway) throw new Error('the database is away')
      asked.push([...hashes])
      return new Map([['deleted', KEY]])
    },
  )
  return { asked, events, posted, state }
}

test('a thousand calls from one network in a minute are one row, another network and another minute are others', async () => {
  const { events, posted } = recorded()
  for (let count = 0; count < 1_000; count += 1) {
    events.note('forbidden_address', KEY, { ip: `203.0.113.${count % 200}`, now: 60_000 + count })
  }
  events.note('forbidden_address', KEY, { ip: '198.51.100.1', now: 60_000 })
  events.note('forbidden_address', KEY, { ip: '203.0.113.9', now: 120_000 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(posted.flat().map(({ count, minute, network }) => [network, minute, count])).toEqual([
    ['203.0.113.0', 60_000, 1_000],
    ['198.51.100.0', 60_000, 1],
    ['203.0.113.0', 120_000, 1],
  ])
})

test('what cannot be posted is counted on and posted later', async () => {
  const { events, posted, state } = recorded()
  state.isAway = true
  events.note('dead_key', KEY, { ip: null, now: 0 })
  await vi.advanceTimersByTimeAsync(1_500)
  events.note('dead_key', KEY, { ip: null, now: 1 })
  state.isAway = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(posted).toEqual([[expect.objectContaining({ kind: 'dead_key', network: '', count: 2 })]])
})

test('memory is bounded, and a stop posts what there is', async () => {
  const { events, posted } = recorded()
  for (let id = 0n; id < 20_000n; id += 1n) events.note('dead_key', { ...KEY, id }, { ip: null, now: 0 })
  await events.stop()
  expect(posted.flat()).toHaveLength(10_000)
})

test('secrets that were a key’s once are counted with the key, others are asked about once and forgotten', async () => {
  const { asked, events, posted } = recorded()
  events.note('dead_key', KEY, { ip: '203.0.113.1', now: 0 })
  for (let count = 0; count < 5; count += 1) events.noteUnknown('deleted', { ip: '203.0.113.2', now: count })
  events.noteUnknown('deleted', { ip: '198.51.100.1', now: 0 })
  for (let count = 0; count < 5_000; count += 1) events.noteUnknown(`guess ${count}`, { ip: '192.0.2.1', now: 0 })
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked.map((hashes) => hashes.length)).toEqual([999])
  expect(posted.flat().map(({ count, kind, network }) => [kind, network, count])).toEqual([
    ['dead_key', '203.0.113.0', 6],
    ['dead_key', '198.51.100.0', 1],
  ])
})

test('what cannot be found out is let go, and nothing else with it', async () => {
  const { events, posted, state } = recorded()
  state.isAway = true
  events.note('dead_key', KEY, { ip: null, now: 0 })
  events.noteUnknown('deleted', { ip: null, now: 0 })
  await vi.advanceTimersByTimeAsync(1_500)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(posted.flat().map(({ count }) => count)).toEqual([1])
})
