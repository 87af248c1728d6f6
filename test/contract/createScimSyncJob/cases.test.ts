import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { expectAnswer, expectError, send } from '../request.ts'
import { newDirectoryGroup } from '../scim-fixtures.ts'

test('202 derives all memberships anew, and is done with it', async () => {
  await newDirectoryGroup()
  const answer = await send('POST', '/api/v1/scim/sync-jobs', { body: {} })
  const { data } = expectAnswer(answer, 202, SCIM_OPERATIONS.createScimSyncJob.output)
  expect(data).toMatchObject({ status: 'succeeded', deleted_groups: 0, error_message: null })
  expect(data.synced_groups).toBeGreaterThan(0)
  expect((await send('GET', `/api/v1/scim/sync-jobs/${data.id}`)).body).toEqual({ data })
})

test('400 for anything asked of it', async () => {
  expectError(await send('POST', '/api/v1/scim/sync-jobs', { body: { groups: [] } }), 400, 'groups')
})
