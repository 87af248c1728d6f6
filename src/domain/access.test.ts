import { expect, test } from 'vitest'
import { PERMISSIONS, WORKSPACE_PERMISSIONS, WORKSPACE_ROLES } from '../contract/common/permissions.ts'
import {
  accessOfMember,
  grantsBeyond,
  grantsOf,
  hasAnywhere,
  MANAGEMENT_ACCESS,
  narrowAccess,
  reachIn,
  readPermissionOf,
  workspacesWith,
} from './access.ts'

const member = (role: 'org:admin' | 'org:member', workspaceRole: (typeof WORKSPACE_ROLES)[number]) =>
  accessOfMember({
    userId: 'u',
    role,
    memberships: [{ workspaceId: 'w', role: workspaceRole, customPermissions: null }],
  })

test('a management key has every permission but inference', () => {
  expect(PERMISSIONS.filter((permission) => !hasAnywhere(MANAGEMENT_ACCESS, permission))).toEqual(['inference'])
})

test.each(WORKSPACE_ROLES)('%s has exactly what the table says in its workspace, and nothing in another', (role) => {
  const access = member('org:member', role)
  for (const [permission, reaches] of Object.entries(WORKSPACE_PERMISSIONS)) {
    const name = permission as keyof typeof WORKSPACE_PERMISSIONS
    expect([name, reachIn(access, name, 'w') ?? '-']).toEqual([name, reaches[role]])
    expect(reachIn(access, name, 'other')).toBeUndefined()
  }
})

test('an administrator of the organization has everything everywhere, also as a Viewer of a workspace', () => {
  const access = member('org:admin', 'viewer')
  expect(PERMISSIONS.filter((permission) => reachIn(access, permission, 'anywhere') !== 'ws')).toEqual([])
})

test('a custom role gives what it names and never more than an Admin has', () => {
  const grants = grantsOf({
    role: 'viewer',
    customPermissions: ['audit:read', 'workspace:create', 'organization:update'],
  })
  expect([...grants]).toEqual([['audit:read', 'ws']])
})

test('a member who may make no keys still has the rest of the role', () => {
  const whole = grantsOf({ role: 'admin', customPermissions: null })
  const cut = grantsOf({ role: 'admin', customPermissions: null, mayCreateKeys: false })
  expect([...whole.keys()].filter((permission) => !cut.has(permission))).toEqual(['key:create', 'key:create-system'])
})

test('nobody can give what they do not have', () => {
  const developer = member('org:member', 'developer')
  const admin = grantsOf({ role: 'admin', customPermissions: null })
  expect(grantsBeyond(member('org:member', 'admin'), 'w', admin)).toEqual([])
  expect(grantsBeyond(MANAGEMENT_ACCESS, 'w', admin)).toEqual([])
  expect(grantsBeyond(developer, 'w', grantsOf({ role: 'developer', customPermissions: null }))).toEqual([])
  expect(grantsBeyond(developer, 'w', admin)).toContain('member:write')
  expect(grantsBeyond(developer, 'w', new Map([['key:read', 'ws']]))).toEqual(['key:read'])
  expect(grantsBeyond(developer, 'other', new Map([['workspace:read', 'ws']]))).toEqual(['workspace:read'])
})

test('a narrowed access keeps only what is named, in the workspace that is named', () => {
  const access = narrowAccess(member('org:admin', 'admin'), ['key:read', 'workspace:create'], 'w')
  expect(reachIn(access, 'key:read', 'w')).toBe('ws')
  expect(reachIn(access, 'key:read', 'other')).toBeUndefined()
  expect(hasAnywhere(access, 'workspace:create')).toBe(false)
  expect(hasAnywhere(narrowAccess(member('org:member', 'viewer'), ['*'], 'w'), 'key:read')).toBe(false)
})

test('lists name the workspaces in which the permission is held', () => {
  expect(workspacesWith(MANAGEMENT_ACCESS, 'key:read')).toBe('all')
  expect(workspacesWith(member('org:member', 'developer'), 'key:read')).toEqual(['w'])
  expect(workspacesWith(member('org:member', 'viewer'), 'key:read')).toEqual([])
})

test('what a permission changes is seen by the permission to read it', () => {
  expect(readPermissionOf('key:delete')).toBe('key:read')
  expect(readPermissionOf('inference')).toBe('workspace:read')
})
