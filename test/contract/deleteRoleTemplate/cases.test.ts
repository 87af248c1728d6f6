import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const PATH = '/api/v1/organization/role-templates'
const { deleteRoleTemplate, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS

test('200 deletes a template once', async () => {
  await call(upsertRoleTemplate, { role: 'billing_manager', spending_limit_usd: 0 })
  const answer = await send('DELETE', `${PATH}/billing_manager`)
  expect(expectAnswer(answer, 200, deleteRoleTemplate.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `${PATH}/billing_manager`), 404, 'Role template not found')
})

test('404 for a role that has no template', async () => {
  expectError(await send('DELETE', `${PATH}/${NO_UUID}`), 404, 'Role template not found')
})
