import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/custom-roles'
const { createCustomRole, getCustomRole } = CUSTOM_ROLE_OPERATIONS

test('200 shows the role, 404 to another organization', async () => {
  const made = await call(createCustomRole, { name: newSlug(), permissions: ['audit:read'] })
  const path = `${PATH}/${made.data.id}`
  expect(expectAnswer(await send('GET', path), 200, getCustomRole.output)).toEqual(made)
  expectError(await send('GET', path, { key: gateway.other.managementKey }), 404, 'Custom role not found')
})

test('404 for an unknown role', async () => {
  expectError(await send('GET', `${PATH}/${NO_UUID}`), 404, 'Custom role not found')
})
