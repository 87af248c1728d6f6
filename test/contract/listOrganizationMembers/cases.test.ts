import { expect, test } from 'vitest'
import { listOrganizationMembers } from '../../../src/contract/management/organization.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { ADMIN_EMAIL } from '../shared-gateway.ts'

const PATH = '/api/v1/organization/members'

test('200 lists who is in the organization, with exactly the declared keys', async () => {
  const page = expectAnswer(await send('GET', `${PATH}?limit=100`), 200, listOrganizationMembers.output)
  expect(page.data[0]).toEqual({
    id: gateway.userId,
    email: ADMIN_EMAIL,
    first_name: null,
    last_name: null,
    role: 'org:admin',
  })
  const { viewer, removed } = gateway.sessions
  expect(page.data.find(({ id }) => id === viewer.userId)).toMatchObject({ email: viewer.email, role: 'org:member' })
  expect(page.data.map(({ id }) => id)).not.toContain(removed.userId)
  expect(page.data).toHaveLength(Math.min(100, page.total_count))
  const next = await send('GET', `${PATH}?offset=1&limit=3`)
  expect(next.body).toEqual({ data: page.data.slice(1, 4), total_count: page.total_count })
})

test.each(['limit=0', 'limit=101', 'offset=-1', 'role=admin'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})
