import { expect, test } from 'vitest'
import { CallQuota } from './call-quota.ts'

const LIMITS = { perNetwork: 30, inTotal: 300 }
const NOW = 1_800_000_030_000

/** How many of `count` calls are taken. */
function taken(quota: CallQuota, addressOf: (index: number) => string | null, count: number, now = NOW): number {
  return Array.from({ length: count }, (_, index) => quota.take(addressOf(index), now)).filter(
    (wait) => wait === undefined,
  ).length
}

test.each([
  ['one address', () => '203.0.113.7'],
  ['addresses of one network', (index: number) => `203.0.113.${index}`],
  ['spellings of one address', (index: number) => (index % 2 === 0 ? '203.0.113.7' : '::ffff:203.0.113.7')],
  ['addresses of one network of version 6', (index: number) => `2001:db8:1:2:${index.toString(16)}::1`],
  ['nobody knows whom', () => null],
])('30 a minute are taken from %s', (_name, addressOf) => {
  const quota = new CallQuota(LIMITS)
  expect(taken(quota, addressOf, 100)).toBe(30)
  expect(quota.take(addressOf(0), NOW)).toBe(30)
  expect(quota.take('198.51.100.1', NOW)).toBeUndefined()
  expect(quota.take(addressOf(0), NOW + 30_000)).toBeUndefined()
})

test('300 a minute are taken in all, however many networks send them', () => {
  const quota = new CallQuota(LIMITS)
  expect(taken(quota, (index) => `10.${index >> 8}.${index & 255}.1`, 1_000)).toBe(300)
  expect(taken(quota, () => '203.0.113.7', 1, NOW + 60_000)).toBe(1)
})

test('what is given back may be taken again, and no more than that', () => {
  const quota = new CallQuota(LIMITS)
  expect(taken(quota, () => '203.0.113.7', 30)).toBe(30)
  quota.giveBack('203.0.113.99')
  quota.giveBack('198.51.100.1')
  expect(taken(quota, () => '203.0.113.7', 5)).toBe(1)
  quota.take('203.0.113.7', NOW + 60_000)
  for (let count = 0; count < 5; count += 1) quota.giveBack('203.0.113.7')
  expect(taken(quota, () => '203.0.113.7', 100, NOW + 60_000)).toBe(30)
})
