import { expect, test } from 'vitest'
import { WORKSPACE_PERMISSIONS } from '../../../../src/contract/common/permissions.ts'
import { PERMISSION_GROUPS, permissionWords } from './permission-words.ts'

test('every permission of a workspace stands in one group, in words of its own', () => {
  const listed = PERMISSION_GROUPS.flatMap(({ words }) => Object.keys(words))
  expect(listed.toSorted()).toEqual(Object.keys(WORKSPACE_PERMISSIONS).toSorted())
  expect(new Set(listed.map(permissionWords)).size).toBe(listed.length)
})

test('a permission of a later version is told by its name', () => expect(permissionWords('x:read')).toBe('x:read'))
