import { expect, test } from 'vitest'
import { keyState, typeTitle } from './key-types.ts'

const NOW = Date.UTC(2026, 10, 22)
const live = { disabled: false, expires_at: null, limit: null, limit_remaining: null }

test.each([
  ['Active', live],
  ['Disabled', { ...live, disabled: true, limit: 1, limit_remaining: 0 }],
  ['Expired', { ...live, expires_at: '2026-11-21T00:00:00Z' }],
  ['Active', { ...live, expires_at: '2026-11-23T00:00:00Z' }],
  ['Limit used up', { ...live, limit: 5, limit_remaining: 0 }],
  ['Active', { ...live, limit: 5, limit_remaining: 0.1 }],
])('a key is %s', (label, key) => expect(keyState(key, NOW).label).toBe(label))

test('the two meanings of standard are told apart', () => {
  expect(typeTitle({ type: 'standard', permissions: ['inference'] })).toBe('Standard')
  expect(typeTitle({ type: 'standard', permissions: ['*'] })).toBe('Full access')
})
