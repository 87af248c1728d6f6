import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { newDirectoryGroup } from '../scim-fixtures.ts'

test('200 lists the groups that the directory has pushed', async () => {
  const group = await newDirectoryGroup()
  const { total_count } = await call(SCIM_OPERATIONS.listScimGroups, {})
  const answer = await send('GET', `/api/v1/scim/groups?offset=${total_count - 1}`)
  expect(expectAnswer(answer, 200, SCIM_OPERATIONS.listScimGroups.output).data).toEqual([
    {
      id: group.id,
      organization_id: gateway.organizationId,
      display_name: group.displayName,
      external_id: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    },
  ])
})

test('400 for a page out of range', async () => {
  expectError(await send('GET', '/api/v1/scim/groups?offset=-1'), 400, '^offset: ')
})
