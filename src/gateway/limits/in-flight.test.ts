import { expect, test } from 'vitest'
import type { StateInFlight } from '../ports.ts'
import { InFlight, SharedInFlight } from './in-flight.ts'

/** What Redis does, in memory: requests that run, by replica. */
function centerOf() {
  const running = new Map<number, number>()
  const center = { isAway: false, running }
  const stateAs = (replica: number): StateInFlight => {
    return async (_keyId, count, limit) => {
      if (center.isAway) throw new Error('gone')
      running.set(replica, count)
      const all = [...running.values()].reduce((sum, other) => sum + other, 0)
      const isFine = limit === null || all <= limit
      if (!isFine) running.set(replica, count - 1)
      return isFine
    }
  }
  return { center, stateAs }
}

function replicasOf(count: number) {
  const { center, stateAs } = centerOf()
  const replicas = Array.from({ length: count }, (_, rank) => {
    return new SharedInFlight({
      state: stateAs(rank),
      isShared: () => !center.isAway,
      shareOf: (limit) => Math.floor(limit / count),
      timeoutMs: 1_000,
    })
  })
  return { center, replicas }
}

test('one too many is not let in, and one more is when one has left', () => {
  const inFlight = new InFlight()
  const enter = () => inFlight.enter(1n, 2)
  expect([enter(), enter(), enter()]).toEqual([true, true, false])
  inFlight.leave(1n)
  expect([enter(), enter()]).toEqual([true, false])
  expect(inFlight.enter(2n, 1)).toBe(true)
  for (const keyId of [1n, 1n, 2n]) inFlight.leave(keyId)
  expect(inFlight.keys()).toEqual([])
})

test('over several replicas no more than the limit run, wherever they come', async () => {
  const { replicas } = replicasOf(4)
  const letIn = await Promise.all(replicas.flatMap((replica) => Array.from({ length: 9 }, () => replica.enter(1n, 10))))
  const count = letIn.filter(Boolean).length
  expect(count).toBeLessThanOrEqual(10)
  expect(count).toBeGreaterThan(0)
})

test('who was not let in is stated by nobody', async () => {
  const { center, replicas } = replicasOf(2)
  expect(await replicas[0]?.enter(1n, 1)).toBe(true)
  const letIn = await Promise.all(Array.from({ length: 5 }, () => replicas[1]?.enter(1n, 1)))
  expect(letIn).toEqual(Array(5).fill(false))
  expect([...center.running]).toEqual([
    [0, 1],
    [1, 0],
  ])
})

test('one after the other all of the limit is had by one replica, and then by another', async () => {
  const { replicas } = replicasOf(2)
  for (const replica of replicas) {
    for (let count = 0; count < 5; count += 1) expect(await replica.enter(1n, 5)).toBe(true)
    expect(await replicas[0]?.enter(1n, 5)).toBe(false)
    expect(await replicas[1]?.enter(1n, 5)).toBe(false)
    for (let count = 0; count < 5; count += 1) replica.leave(1n)
  }
})

test('F2 while nobody answers each replica keeps to its share, and states what runs when somebody does again', async () => {
  const { center, replicas } = replicasOf(2)
  const [first] = replicas
  center.isAway = true
  expect([await first?.enter(1n, 4), await first?.enter(1n, 4), await first?.enter(1n, 4)]).toEqual([true, true, false])
  center.isAway = false
  await first?.beat()
  expect(center.running.get(0)).toBe(2)
  expect(await replicas[1]?.enter(1n, 2)).toBe(false)
})
