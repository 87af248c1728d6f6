import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { map, newDirectoryGroup } from '../scim-fixtures.ts'

test('200 lists mappings, oldest first', async () => {
  const mapping = await map((await newDirectoryGroup()).id, (await newWorkspace()).id, 'member')
  const { total_count } = await call(SCIM_OPERATIONS.listScimGroupMappings, {})
  const answer = await send('GET', `/api/v1/scim/group-mappings?offset=${total_count - 1}`)
  expect(expectAnswer(answer, 200, SCIM_OPERATIONS.listScimGroupMappings.output).data).toEqual([mapping])
})

test('400 for a page out of range', async () => {
  expectError(await send('GET', '/api/v1/scim/group-mappings?limit=0'), 400, '^limit: ')
})
