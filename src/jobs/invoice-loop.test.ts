import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Observation } from '../observe/observation.ts'
import { InvoiceLoop } from './invoice-loop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('issues at the start and then regularly, tells each invoice, and goes on after a failure', async () => {
  const told: Observation[] = []
  const invoice = { organizationId: 'org', number: 1, period: '2026-10-01' }
  const results = [new Error('away'), [invoice], []]
  const issue = async () => {
    const result = results.shift() ?? []
    if (result instanceof Error) throw result
    return result
  }
  const loop = new InvoiceLoop({ intervalMs: 1_000, issue, observe: (one) => told.push(one) })
  await vi.advanceTimersByTimeAsync(3_500)
  expect(told).toEqual([
    { type: 'invoicing_failed', message: 'away' },
    { type: 'invoice_issued', ...invoice },
  ])
  await loop.stop()
})
