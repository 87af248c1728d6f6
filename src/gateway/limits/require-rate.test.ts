import { expect, test } from 'vitest'
import type { KeyType } from '../../contract/common/permissions.ts'
import { AppError } from '../../domain/app-error.ts'
import type { WorkspaceRates } from '../../domain/rate-limits.ts'
import type { KeySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import { MemoryRates } from './memory-rates.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { type RateParts, requireRate } from './require-rate.ts'

const NOW = 1_700_000_000_000

function keyOf(id: bigint, type: KeyType, fields: Partial<KeySnapshot> = {}): KeySnapshot {
  return { id, type, workspaceId: 'ws', creatorUserId: 'user_a', rateLimitRpm: null, ...fields } as KeySnapshot
}

function partsWith(options: { rates?: RateLimiter; workspace?: WorkspaceRates } = {}) {
  const time = { passed: 0 }
  const clock = { now: () => NOW + time.passed, monotonic: () => time.passed }
  const snapshot = { findWorkspace: () => ({ rates: options.workspace ?? null }) } as unknown as Snapshot
  const parts: RateParts = { clock, snapshot, rates: options.rates ?? new MemoryRates(clock) }
  return { time, parts }
}

function refusalOf(key: KeySnapshot, parts: RateParts): AppError | undefined {
  try {
    expect(requireRate(key, parts)).toBeUndefined()
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

test('the request over the limit gets a 429 that says when to come again, and may then', () => {
  const { parts, time } = partsWith()
  const key = keyOf(1n, 'standard', { rateLimitRpm: 3 })
  for (const passed of [1_000, 2_000, 4_000]) {
    time.passed = passed
    expect(refusalOf(key, parts)).toBeUndefined()
  }
  const refusal = refusalOf(key, parts)
  const headers = { 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 66_000) }
  expect(refusal).toMatchObject({ status: 429, code: 'rate_limited', retryAfterSeconds: 62, headers })
  expect(refusal?.message).toBe('Rate limit exceeded: 3 requests per minute')
  time.passed = 66_000
  expect(refusalOf(key, parts)).toBeUndefined()
})

test('a key without a limit asks nobody', () => {
  const take = () => {
    throw new Error('was asked')
  }
  const { parts } = partsWith({ rates: { take } })
  expect(refusalOf(keyOf(1n, 'standard', { rateLimitRpm: 0 }), parts)).toBeUndefined()
  expect(refusalOf(keyOf(1n, 'management', { workspaceId: null }), parts)).toBeUndefined()
})

test('team keys of a member in a workspace count together, and apart from those of others', () => {
  const { parts } = partsWith({ workspace: { byType: {}, byMember: new Map([['user_a', 2]]) } })
  expect(refusalOf(keyOf(1n, 'team'), parts)).toBeUndefined()
  expect(refusalOf(keyOf(2n, 'team'), parts)).toBeUndefined()
  expect(refusalOf(keyOf(1n, 'team'), parts)?.status).toBe(429)
  expect(refusalOf(keyOf(3n, 'team', { workspaceId: 'other' }), parts)).toBeUndefined()
  expect(refusalOf(keyOf(4n, 'team', { creatorUserId: 'user_b' }), parts)).toBeUndefined()
})

test('a limit that is raised or lowered counts what was sent before', () => {
  const { parts } = partsWith()
  const withLimit = (rateLimitRpm: number) => refusalOf(keyOf(1n, 'standard', { rateLimitRpm }), parts)?.status
  expect([withLimit(2), withLimit(2), withLimit(2), withLimit(3), withLimit(2)]).toEqual([
    undefined,
    undefined,
    429,
    undefined,
    429,
  ])
})

test('memory forgets keys that were not used for two minutes and no key that was', () => {
  const { parts, time } = partsWith()
  const key = keyOf(1n, 'standard', { rateLimitRpm: 2 })
  for (let minute = 0; minute < 10; minute += 1) {
    time.passed = minute * 66_001
    expect(refusalOf(key, parts)).toBeUndefined()
    time.passed += 40_000
    expect(refusalOf(key, parts)).toBeUndefined()
    expect(refusalOf(key, parts)?.status).toBe(429)
  }
})

test('an answer that takes its time refuses or lets through when it is there', async () => {
  const answers = [Promise.resolve(0), Promise.resolve(1_500)]
  const { parts } = partsWith({ rates: { take: () => answers.shift() ?? 0 } })
  await expect(requireRate(keyOf(1n, 'standard'), parts)).resolves.toBeUndefined()
  await expect(requireRate(keyOf(1n, 'standard'), parts)).rejects.toMatchObject({ retryAfterSeconds: 2 })
})
