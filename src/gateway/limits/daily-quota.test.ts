import { expect, test } from 'vitest'
import { fairShare } from '../../domain/rate-window.ts'
import type { AskDaily } from '../ports.ts'
import { DailyQuota } from './daily-quota.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const HOUR_MS = 3_600_000

function clockAt(start: number) {
  const time = { now: start }
  return { time, clock: { now: () => time.now, monotonic: () => time.now } }
}

/** What Redis does, in memory. */
function centerOf() {
  const center = { isAway: false, isShared: true, asked: 0, counts: new Map<string, Map<number, number>>() }
  const askAs = (replica: number): AskDaily => {
    return async ({ bucket, limit, demand, block, own, others: told }) => {
      center.asked += 1
      if (center.isAway) throw new Error('gone')
      const counts = center.counts.get(bucket) ?? new Map<number, number>()
      center.counts.set(bucket, counts)
      const mine = Math.max(own, counts.get(replica) ?? 0)
      counts.delete(replica)
      const others = Math.max(
        told,
        [...counts.values()].reduce((sum, count) => sum + count, 0),
      )
      const room = Math.max(0, limit - mine - others)
      const wanted = mine + others + block <= limit / 2 ? Math.max(demand, block) : demand
      const granted = Math.min(wanted, room)
      counts.set(replica, mine + granted)
      return { granted, own: mine + granted, others }
    }
  }
  return { center, askAs }
}

function replicasOf(count: number) {
  const { center, askAs } = centerOf()
  const { clock, time } = clockAt(NOON)
  const replicas = Array.from({ length: count }, (_, rank) => {
    const shareOf = (limit: number) => fairShare(limit, { count, rank })
    const shared = { ask: askAs(rank), isShared: () => center.isShared && !center.isAway, timeoutMs: 1_000 }
    return new DailyQuota({ clock, shareOf, shared })
  })
  return { center, replicas, time }
}

async function takeAll(replicas: readonly DailyQuota[], times: number, limit: number): Promise<number> {
  const taken = await Promise.all(
    replicas.flatMap((replica) => Array.from({ length: times }, () => replica.take('org', limit))),
  )
  return taken.filter(Boolean).length
}

test('alone a process lets exactly the limit through, and as much again from midnight UTC on', async () => {
  const { clock, time } = clockAt(NOON)
  const quota = new DailyQuota({ clock, shareOf: (limit) => limit })
  expect(await takeAll([quota], 60, 50)).toBe(50)
  expect(await quota.used('org')).toBe(50)
  expect(await quota.used('other')).toBe(0)
  time.now = NOON + 12 * HOUR_MS - 1
  expect(quota.take('org', 50)).toBe(false)
  time.now = NOON + 12 * HOUR_MS
  expect(await takeAll([quota], 60, 50)).toBe(50)
})

test('what was used before the process began counts, and a limit that is raised or lowered counts what was used', () => {
  const { clock } = clockAt(NOON)
  const quota = new DailyQuota({ clock, shareOf: (limit) => limit })
  quota.seed('org', 3)
  const taken = [4, 4, 5, 5, 3].map((limit) => quota.take('org', limit))
  expect(taken).toEqual([true, false, true, false, false])
})

test('several replicas let exactly the limit through together, and each tells what all have used', async () => {
  const { replicas } = replicasOf(4)
  expect(await takeAll(replicas, 500, 1_000)).toBe(1_000)
  for (const replica of replicas) expect(await replica.used('org')).toBe(1_000)
  expect(replicas.map((replica) => replica.take('org', 1_000))).toEqual([false, false, false, false])
})

test('far from the limit few requests ask', async () => {
  const { center, replicas } = replicasOf(1)
  for (let count = 0; count < 400; count += 1) expect(await replicas[0]?.take('org', 1_000)).toBe(true)
  expect(center.asked).toBe(20)
})

test('while nobody answers each replica keeps to its part, and tells what it let through when somebody does again', async () => {
  const { center, replicas } = replicasOf(2)
  center.isAway = true
  expect(await takeAll(replicas, 100, 50)).toBe(50)
  center.isAway = false
  for (const replica of replicas) await replica.beat()
  expect(await takeAll(replicas, 100, 50)).toBe(0)
})

test('counts that were lost come back with what the replicas know', async () => {
  const { center, replicas } = replicasOf(2)
  expect(await takeAll(replicas, 20, 50)).toBe(40)
  center.counts.clear()
  // Whoever counts rates together notices it, and counts nothing together for a while.
  center.isShared = false
  for (const replica of replicas) await replica.beat()
  center.isShared = true
  expect(await takeAll(replicas, 20, 50)).toBe(10)
})
