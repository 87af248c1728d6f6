import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { expectAnswer, expectError, send } from '../request.ts'
import { scim } from '../scim-fixtures.ts'

test('201 shows the secret once, and it opens SCIM and nothing else', async () => {
  const answer = await send('POST', '/api/v1/scim/tokens', { body: { name: 'Entra' } })
  const { data, token } = expectAnswer(answer, 201, SCIM_OPERATIONS.createScimToken.output)
  expect(token).toMatch(/^scim-v1-[0-9a-f]{64}$/)
  expect(data).toMatchObject({ name: 'Entra', label: `${token.slice(0, 11)}...${token.slice(-3)}` })
  expect((await scim('GET', '/Users', undefined, token)).status).toBe(200)
  for (const path of ['/api/v1/workspaces', '/api/v1/scim/tokens', '/api/v1/scim/group-mappings'])
    expectError(await send('GET', path, { key: token }), 401, 'User not found')
  const listed = await send('GET', '/api/v1/scim/tokens?limit=100')
  expect(JSON.stringify(listed.body)).not.toContain(token)
})

test('400 without a name', async () => {
  expectError(await send('POST', '/api/v1/scim/tokens', { body: {} }), 400, '^name: ')
})
