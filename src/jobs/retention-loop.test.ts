import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Observation } from '../observe/observation.ts'
import { RetentionLoop } from './retention-loop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('sweeps at the start and then regularly, tells what it deleted, and goes on after a failure', async () => {
  const told: Observation[] = []
  const results = [3, new Error('away'), 0, 2]
  const sweep = async () => {
    const result = results.shift() ?? 0
    if (result instanceof Error) throw result
    return result
  }
  const loop = new RetentionLoop({ intervalMs: 1_000, sweep, what: 'things', observe: (one) => told.push(one) })
  await vi.advanceTimersByTimeAsync(3_500)
  expect(told).toEqual([
    { type: 'retention_swept', what: 'things', count: 3 },
    { type: 'retention_failed', what: 'things', message: 'away' },
    { type: 'retention_swept', what: 'things', count: 2 },
  ])
  await loop.stop()
  results.push(9)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told).toHaveLength(3)
})
