import { expect, test } from 'vitest'
import { usageByKey } from './use-key-usage.ts'

test('two keys of one name have a usage each, and days without a request have none', () => {
  const row = (date__day: string, api_key_hash: string, total_usage: number, request_count: number) => ({
    date__day,
    api_key_id: 'Shop',
    api_key_hash,
    total_usage,
    request_count,
  })
  const days = ['2026-05-01', '2026-05-02', '2026-05-03']
  const rows = [row('2026-05-01', 'aa', 2, 3), row('2026-05-03', 'aa', 4, 5), row('2026-05-02', 'bb', 1, 1)]
  const usage = usageByKey(rows, days)
  expect(usage.get('aa')).toEqual({ spend: [2, 0, 4], total: 6, requests: 8 })
  expect(usage.get('bb')).toEqual({ spend: [0, 1, 0], total: 1, requests: 1 })
  expect(usageByKey([row('2026-04-30', 'aa', 9, 9)], days).size).toBe(0)
})
