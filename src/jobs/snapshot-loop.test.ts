import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SnapshotLoop } from './snapshot-loop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const INTERVAL_MS = 60_000
const CHANGE_DELAY_MS = 3_000

function startLoop(tookMs: number): { loop: SnapshotLoop; begun: number[] } {
  const begun: number[] = []
  const loop = new SnapshotLoop({
    intervalMs: INTERVAL_MS,
    changeDelayMs: CHANGE_DELAY_MS,
    observe: () => {},
    take: async () => {
      begun.push(performance.now())
      await new Promise((resolve) => setTimeout(resolve, tookMs))
      return { tookMs, bytes: 1 }
    },
  })
  return { loop, begun }
}

/** A stop waits for a running snapshot. */
async function stopLoop(loop: SnapshotLoop): Promise<void> {
  const stopping = loop.stop()
  await vi.advanceTimersByTimeAsync(10_000)
  await stopping
}

test('a management change brings the next durable point forward', async () => {
  const { loop, begun } = startLoop(100)
  loop.changed()
  await vi.advanceTimersByTimeAsync(CHANGE_DELAY_MS)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(INTERVAL_MS - 1)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(begun).toHaveLength(2)
  await stopLoop(loop)
})

test('a change during a snapshot, which may have missed it, brings another one as soon', async () => {
  const { loop, begun } = startLoop(1_000)
  loop.changed()
  await vi.advanceTimersByTimeAsync(CHANGE_DELAY_MS + 500)
  loop.changed()
  await vi.advanceTimersByTimeAsync(500 + CHANGE_DELAY_MS)
  expect(begun).toHaveLength(2)
  await stopLoop(loop)
})

test('who waits for a durable point gets one that begins after the asking', async () => {
  const { loop, begun } = startLoop(1_000)
  loop.changed()
  await vi.advanceTimersByTimeAsync(CHANGE_DELAY_MS + 500)
  let isTaken = false
  void loop.taken().then(() => {
    isTaken = true
  })
  await vi.advanceTimersByTimeAsync(1_000)
  expect([begun.length, isTaken]).toEqual([1, false])
  await vi.advanceTimersByTimeAsync(CHANGE_DELAY_MS + 1_000)
  expect([begun.length, isTaken]).toEqual([2, true])
  await stopLoop(loop)
})

test('a large database is not copied all the time: the pause is twenty times what a snapshot took', async () => {
  const { loop, begun } = startLoop(10_000)
  await vi.advanceTimersByTimeAsync(INTERVAL_MS + 10_000)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(199_000)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(begun).toHaveLength(2)
  await stopLoop(loop)
})
