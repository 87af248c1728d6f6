import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/custom-roles'

test('200 lists the roles of the organization, page by page', async () => {
  const { createCustomRole, listCustomRoles } = CUSTOM_ROLE_OPERATIONS
  const { data } = await call(createCustomRole, { name: newSlug(), permissions: ['audit:read'] })
  const all = expectAnswer(await send('GET', `${PATH}?limit=100`), 200, listCustomRoles.output)
  expect(all.data).toContainEqual(data)
  expect(all.total_count).toBe(all.data.length)
  expect((await send('GET', `${PATH}?offset=${all.total_count}`)).body).toEqual({
    data: [],
    total_count: all.total_count,
  })
  const theirs = await send('GET', PATH, { key: gateway.other.managementKey })
  expect(theirs.body).toEqual({ data: [], total_count: 0 })
})

test.each(['limit=0', 'limit=101', 'offset=-1'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})
