import { expect, test } from 'vitest'
import { listOrganizationMembers } from '../../../src/contract/management/organization.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { ADMIN_EMAIL } from '../shared-gateway.ts'

const PATH = '/api/v1/organization/members'

test('200 lists who is in the organization, with exactly the declared keys', async () => {
  expect(expectAnswer(await send('GET', PATH), 200, listOrganizationMembers.output)).toEqual({
    data: [{ id: gateway.userId, email: ADMIN_EMAIL, first_name: null, last_name: null, role: 'org:admin' }],
    total_count: 1,
  })
  expect((await send('GET', `${PATH}?offset=1`)).body).toEqual({ data: [], total_count: 1 })
})

test.each(['limit=0', 'limit=101', 'offset=-1', 'role=admin'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})
