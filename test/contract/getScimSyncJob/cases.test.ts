import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 shows a job', async () => {
  const { data } = await call(SCIM_OPERATIONS.createScimSyncJob, {})
  const answer = await send('GET', `/api/v1/scim/sync-jobs/${data.id}`)
  expect(expectAnswer(answer, 200, SCIM_OPERATIONS.getScimSyncJob.output).data).toEqual(data)
})

test('404 for an unknown job', async () => {
  expectError(await send('GET', `/api/v1/scim/sync-jobs/${NO_UUID}`), 404, '^Sync job not found$')
})
