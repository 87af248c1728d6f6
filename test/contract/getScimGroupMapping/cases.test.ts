import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { map, newDirectoryGroup } from '../scim-fixtures.ts'

test('200 shows a mapping', async () => {
  const mapping = await map((await newDirectoryGroup()).id, (await newWorkspace()).id, 'member')
  const answer = await send('GET', `/api/v1/scim/group-mappings/${mapping.id}`)
  expect(expectAnswer(answer, 200, SCIM_OPERATIONS.getScimGroupMapping.output).data).toEqual(mapping)
  const key = gateway.other.managementKey
  expectError(await send('GET', `/api/v1/scim/group-mappings/${mapping.id}`, { key }), 404, '^Group mapping not found$')
})

test('404 for an unknown mapping, and for what is no id', async () => {
  for (const none of [NO_UUID, 'x']) {
    expectError(await send('GET', `/api/v1/scim/group-mappings/${none}`), 404, '^Group mapping not found$')
  }
})
