import { describe, expect, test } from 'vitest'
import { grantersOf, isHeldAnywhere, MANAGEMENT_ACCESS, reachOf, toAccess } from './access.ts'

const member = toAccess({
  organization: ['organization:read'],
  workspaces: { one: { 'key:read': 'own', 'budget:read': 'ws' }, two: {} },
})

describe('a permission', () => {
  test('of a workspace counts there alone', () => {
    expect(reachOf(member, 'key:read', 'one')).toBe('own')
    expect(reachOf(member, 'budget:read', 'one')).toBe('ws')
    expect(reachOf(member, 'key:read', 'two')).toBeUndefined()
    expect(reachOf(member, 'key:read')).toBeUndefined()
  })

  test('of the organization counts everywhere', () => {
    expect(reachOf(member, 'organization:read', 'two')).toBe('ws')
    expect(reachOf(member, 'organization:read')).toBe('ws')
  })

  test('held in any workspace is held somewhere', () => {
    expect(isHeldAnywhere(member, 'key:read')).toBe(true)
    expect(isHeldAnywhere(member, 'byok:read')).toBe(false)
  })
})

test('a management key may everything but call models', () => {
  expect(reachOf(MANAGEMENT_ACCESS, 'workspace:delete', 'any')).toBe('ws')
  expect(reachOf(MANAGEMENT_ACCESS, 'inference', 'any')).toBeUndefined()
})

test('who could give a permission is told by where it belongs', () => {
  expect(grantersOf('key:read')).toBe('an Admin of this workspace')
  expect(grantersOf('workspace:create')).toBe('an administrator of the organization')
})
