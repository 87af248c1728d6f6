import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { expectAnswer, expectError, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/custom-roles'
const permissions = ['audit:read', 'activity:read']

test('201 creates a role of exactly these permissions', async () => {
  const name = newSlug()
  const answer = await send('POST', PATH, { body: { name: ` ${name} `, description: 'Looks on', permissions } })
  const { data } = expectAnswer(answer, 201, CUSTOM_ROLE_OPERATIONS.createCustomRole.output)
  expect(data).toMatchObject({ name, description: 'Looks on', permissions, created_by: null, updated_at: null })
  expectError(await send('POST', PATH, { body: { name: name.toUpperCase(), permissions } }), 400, 'name: .*exists')
})

test.each([
  ['no name', { name: undefined }, 'name'],
  ['a blank name', { name: '  ' }, 'name'],
  ['a long name', { name: 'x'.repeat(101) }, 'name'],
  ['no permission', { permissions: [] }, 'permissions'],
  ['a permission twice', { permissions: ['audit:read', 'audit:read'] }, 'permissions'],
  ['an unknown permission', { permissions: ['audit:write'] }, 'permissions'],
  ['a permission of the organization', { permissions: ['workspace:create'] }, 'permissions'],
])('400 for %s', async (_name, fields, field) => {
  expectError(await send('POST', PATH, { body: { name: newSlug(), permissions, ...fields } }), 400, field)
})
