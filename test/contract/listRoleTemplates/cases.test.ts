import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/role-templates'
const { createCustomRole, listRoleTemplates, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS

test('200 lists the templates, page by page', async () => {
  const role = await call(createCustomRole, { name: newSlug(), permissions: ['audit:read'] })
  const { data } = await call(upsertRoleTemplate, { role: role.data.id, spending_limit_usd: 1 })
  const page = expectAnswer(await send('GET', `${PATH}?limit=100`), 200, listRoleTemplates.output)
  expect(page.data).toContainEqual(data)
  expect(page.total_count).toBe(page.data.length)
})

test('400 for a page out of range', async () => expectError(await send('GET', `${PATH}?limit=101`), 400, 'limit'))
