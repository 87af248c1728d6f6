import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AuditHead } from '../store/audit-chain.ts'
import { AuditHeadLoop } from './audit-head-loop.ts'

const HOUR_MS = 3_600_000

let sequence = 0
let noted: number[] = []
let observed: string[] = []
let durable: Promise<void> = Promise.resolve()

beforeEach(() => {
  vi.useFakeTimers()
  ;[sequence, noted, observed, durable] = [0, [], [], Promise.resolve()]
})
afterEach(() => void vi.useRealTimers())

function newLoop(read = async () => [headAt(++sequence)]): AuditHeadLoop {
  return new AuditHeadLoop({
    intervalMs: HOUR_MS,
    read,
    untilDurable: () => durable,
    append: async (heads) => void noted.push(...heads.map((head) => head.sequence)),
    observe: ({ type }) => void observed.push(type),
  })
}

function headAt(at: number): AuditHead {
  return { organization_id: 'org', sequence: at, hash: '', created_at: '', signature: '' }
}

test('heads are noted at the start, each hour, and after the stop', async () => {
  const loop = newLoop()
  loop.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(noted).toEqual([1])
  await vi.advanceTimersByTimeAsync(2 * HOUR_MS)
  expect(noted).toEqual([1, 2, 3])
  const noteLast = await loop.stop()
  expect(noted).toEqual([1, 2, 3])
  await noteLast()
  await vi.advanceTimersByTimeAsync(2 * HOUR_MS)
  expect(noted).toEqual([1, 2, 3, 4])
})

test('no head is noted before its rows would survive a power loss, nor after the stop has begun', async () => {
  let makeDurable = () => {}
  durable = new Promise((resolve) => {
    makeDurable = resolve
  })
  const loop = newLoop()
  loop.start()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(noted).toEqual([])
  const noteLast = await loop.stop()
  makeDurable()
  await noteLast()
  expect(noted).toEqual([2])
})

test('a database that is away is told of, and the next hour tries again', async () => {
  let isAway = true
  const loop = newLoop(async () => {
    if (isAway) throw new Error('away')
    return [headAt(9)]
  })
  loop.start()
  await vi.advanceTimersByTimeAsync(0)
  expect([noted, observed]).toEqual([[], ['audit_head_failed']])
  isAway = false
  await vi.advanceTimersByTimeAsync(HOUR_MS)
  expect(noted).toEqual([9])
  await loop.stop()
})
