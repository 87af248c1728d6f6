import { expect, test } from 'vitest'
import { KEY_TYPES } from '../contract/common/permissions.ts'
import { isFullAccess, type KeySpec, keySpecProblem, mayInfer, permissionsOfKey } from './key-types.ts'

const spec = (fields: Partial<KeySpec>): KeySpec => ({
  type: 'standard',
  permissions: undefined,
  isReadOnly: false,
  isHidden: false,
  doesExpire: false,
  hasModels: false,
  hasProject: false,
  hasOwner: true,
  ...fields,
})

test('management and read-only keys never call a model, whatever they are given', () => {
  const callers = KEY_TYPES.filter((type) =>
    mayInfer(type, permissionsOfKey({ type, permissions: null, isReadOnly: false })),
  )
  expect(callers).toEqual(['standard', 'scoped', 'team', 'ephemeral'])
  expect(KEY_TYPES.filter((type) => mayInfer(type, ['*', 'inference']))).toEqual(callers)
  expect(mayInfer('scoped', permissionsOfKey({ type: 'scoped', permissions: null, isReadOnly: true }))).toBe(false)
})

test('full access is a standard key that says so', () => {
  expect(isFullAccess('standard', ['*'])).toBe(true)
  expect(isFullAccess('standard', ['inference'])).toBe(false)
  expect(isFullAccess('management', ['*'])).toBe(false)
})

test.each([
  [{}],
  [{ permissions: ['*'] }],
  [{ permissions: ['inference'], hasModels: true }],
  [{ type: 'scoped', permissions: ['key:read', 'inference'] }],
  [{ type: 'scoped', isReadOnly: true }],
  [{ type: 'scoped', isReadOnly: true, permissions: ['log:read'] }],
  [{ type: 'read_only' }],
  [{ type: 'team', permissions: ['inference'] }],
  [{ type: 'ephemeral', doesExpire: true, isHidden: true }],
  [{ type: 'management' }],
  [{ type: 'management', permissions: ['workspace:create', 'member:write'] }],
] satisfies [Partial<KeySpec>][])('%o is a key', (fields) => expect(keySpecProblem(spec(fields))).toBeUndefined())

test.each([
  [{ permissions: ['key:read'] }, 'permissions.0'],
  [{ permissions: ['*', 'inference'] }, 'permissions'],
  [{ permissions: ['inference', 'everything'] }, 'permissions.1'],
  [{ isReadOnly: true }, 'read_only'],
  [{ isHidden: true }, 'hidden'],
  [{ type: 'scoped', permissions: ['*'] }, 'permissions.0'],
  [{ type: 'scoped', isReadOnly: true, permissions: ['log:read', 'inference'] }, 'permissions.1'],
  [{ type: 'scoped', permissions: ['workspace:create'] }, 'permissions.0'],
  [{ type: 'scoped', isReadOnly: true, hasModels: true }, 'allowed_models'],
  [{ type: 'read_only', permissions: ['inference'] }, 'permissions.0'],
  [{ type: 'read_only', hasModels: true }, 'allowed_models'],
  [{ type: 'team', permissions: ['key:create'] }, 'permissions.0'],
  [{ type: 'team', hasOwner: false }, 'creator_user_id'],
  [{ type: 'ephemeral' }, 'expires_at'],
  [{ type: 'management', permissions: ['inference'] }, 'permissions.0'],
  [{ type: 'management', hasModels: true }, 'allowed_models'],
  [{ type: 'management', hasProject: true }, 'project_id'],
] satisfies [Partial<KeySpec>, string][])('%o is refused for its %s', (fields, field) => {
  expect(keySpecProblem(spec(fields))).toMatch(new RegExp(`^${field.replace('.', '\\.')}: `))
})
