import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 lists tokens newest first, without their secrets', async () => {
  const { data } = await call(SCIM_OPERATIONS.createScimToken, { name: 'listed' })
  const page = expectAnswer(
    await send('GET', '/api/v1/scim/tokens?limit=1'),
    200,
    SCIM_OPERATIONS.listScimTokens.output,
  )
  expect(page.data).toEqual([data])
})

test('400 for a page out of range', async () => {
  expectError(await send('GET', '/api/v1/scim/tokens?limit=101'), 400, '^limit: ')
})
