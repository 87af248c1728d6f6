import { expect, test } from 'vitest'
import { KEY_TYPES, type KeyType } from '../contract/common/permissions.ts'
import { type RatedKey, rateLimitOf } from './rate-limits.ts'

const keyOf = (type: KeyType, rateLimitRpm: number | null = null): RatedKey => ({
  type,
  rateLimitRpm,
  creatorUserId: 'user_a',
})
const rates = { byType: { standard: 70, team: 80 }, byMember: new Map([['user_a', 90]]) }

test('each type has the rate of the published table', () => {
  expect(Object.fromEntries(KEY_TYPES.map((type) => [type, rateLimitOf(keyOf(type), null)]))).toEqual({
    standard: 600,
    scoped: 300,
    team: 200,
    read_only: 120,
    ephemeral: 150,
    management: 0,
  })
})

test.each([
  ['the own limit comes before all others', keyOf('team', 5), 5],
  ['an own limit of 0 is none at all', keyOf('standard', 0), 0],
  ['a team key follows its member', keyOf('team'), 90],
  ['a team key of somebody else follows the workspace', { ...keyOf('team'), creatorUserId: 'user_b' }, 80],
  ['another key follows the workspace, whatever its member has', keyOf('standard'), 70],
  ['a type of which the workspace says nothing keeps its default', keyOf('scoped'), 300],
])('%s', (_name, key, expected) => expect(rateLimitOf(key, rates)).toBe(expected))
