import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectError, send } from '../request.ts'
import { expectScimError, scim } from '../scim-fixtures.ts'

test('200 ends the token at once', async () => {
  const { data, token } = await call(SCIM_OPERATIONS.createScimToken, { name: 'leaked' })
  expect((await scim('GET', '/Users', undefined, token)).status).toBe(200)
  expect((await send('DELETE', `/api/v1/scim/tokens/${data.id}`)).body).toEqual({ deleted: true })
  expectScimError(await scim('GET', '/Users', undefined, token), 401, '^User not found')
  expectError(await send('DELETE', `/api/v1/scim/tokens/${data.id}`), 404, '^SCIM token not found$')
})

test('404 for an unknown token', async () => {
  expectError(await send('DELETE', `/api/v1/scim/tokens/${NO_UUID}`), 404, '^SCIM token not found$')
})
