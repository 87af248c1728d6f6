import { expect, test } from 'vitest'
import { judgeExpiry, judgePlace, judgeRejections, judgeSpike } from './key-alerts.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-11-21T12:00:00Z')
const USD = 1_000_000_000n
const SUBJECT = { kind: 'key', id: '7', name: 'agent', organizationId: 'org', workspaceId: 'w1', userId: null } as const

const expiry = (leftMs: number, lifeMs = 365 * DAY_MS) => {
  const expiresAt = NOW + leftMs
  return judgeExpiry([7, 1], { subject: SUBJECT, createdAt: expiresAt - lifeMs, expiresAt }, NOW)?.details['days']
}

test.each([
  ['more than a week left', 7 * DAY_MS + 1, undefined],
  ['a week left', 7 * DAY_MS, 7],
  ['more than a day left', DAY_MS + 1, 7],
  ['a day left', DAY_MS, 1],
  ['a moment left', 1, 1],
  ['over', 0, undefined],
])('a key that expires: %s', (_name, left, days) => {
  expect(expiry(left)).toBe(days)
})

test('a key that was made for less than that is not told of', () => {
  expect([expiry(2 * HOUR_MS, 12 * HOUR_MS), expiry(DAY_MS, DAY_MS)]).toEqual([undefined, undefined])
  expect([expiry(2 * DAY_MS, 3 * DAY_MS), expiry(HOUR_MS, 3 * DAY_MS)]).toEqual([undefined, 1])
})

test('each time before each end is one occurrence', () => {
  const at = (left: number, now: number) =>
    judgeExpiry([7, 1], { subject: SUBJECT, createdAt: 0, expiresAt: NOW + left }, now)?.occurrence
  expect(at(6 * DAY_MS, NOW)).toBe(at(6 * DAY_MS, NOW + DAY_MS))
  expect(new Set([at(6 * DAY_MS, NOW), at(5 * DAY_MS, NOW), at(6 * DAY_MS, NOW + 5.5 * DAY_MS)]).size).toBe(3)
})

test('refusals are told from their number on', () => {
  const events = { subject: SUBJECT, day: '2026-11-21', sample: '192.0.2.7' }
  expect(judgeRejections(10, { ...events, count: 9 })).toBeUndefined()
  expect(judgeRejections(10, { ...events, count: 10 })?.message).toBe(
    'Key "agent", which is not good any more, was refused 10 times within an hour, once from 192.0.2.7.',
  )
})

test.each([
  ['three times the usual', { spent: 6n * USD, before: 20n * USD, days: 10 }, true],
  ['a little less than three times', { spent: 6n * USD - 1n, before: 20n * USD, days: 10 }, false],
  ['a multiple of very little', { spent: USD - 1n, before: 1n, days: 10 }, false],
  ['the least that counts', { spent: USD, before: 1n, days: 10 }, true],
  ['a key that never spent anything', { spent: USD, before: 0n, days: 5 }, true],
  ['too few days to compare with', { spent: 100n * USD, before: USD, days: 2 }, false],
  ['as many days as it takes', { spent: 100n * USD, before: USD, days: 3 }, true],
])('a spike against the key’s own days: %s', (_name, spend, wanted) => {
  const hit = judgeSpike({ factor: 3, least: USD }, { subject: SUBJECT, day: '2026-11-21', ...spend })
  expect(hit !== undefined).toBe(wanted)
})

test.each([
  ['the first of all is the key’s own', 0, 0, false],
  ['another at once, where nothing is learnt', 1, 0, true],
  ['another within the time of learning', DAY_MS, 1, false],
  ['another after the time of learning', DAY_MS + 1, 1, true],
])('a new place: %s', (_name, afterMs, learning_days, wanted) => {
  const place = { subject: SUBJECT, kind: 'network' as const, place: '192.0.2.0', ip: '192.0.2.7', knownSince: NOW }
  const told = (by: 'network' | 'country') =>
    judgePlace({ by, learning_days }, { ...place, firstSeenAt: NOW + afterMs }) !== undefined
  expect([told('network'), told('country')]).toEqual([wanted, false])
})
