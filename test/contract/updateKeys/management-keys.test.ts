import { expect, test } from 'vitest'
import { newKey } from '../fixtures.ts'
import { expectError, send } from '../request.ts'

test('403 for who may see management keys and no more, 404 for who may not see them', async () => {
  const { data } = await newKey({ type: 'management' })
  const path = `/api/v1/keys/${data.hash}`
  const asking = async (permission: string) => {
    const permissions = ['key:read', 'key:update', 'key:rotate', 'key:delete', permission]
    const { key } = await newKey({ type: 'management', permissions })
    return async (method: string, rest = '', body?: object) =>
      await send(method, path + rest, { key, ...(body === undefined ? {} : { body }) })
  }
  const seeing = await asking('management-key:read')
  expect((await seeing('GET')).status).toBe(200)
  for (const answer of [
    await seeing('PATCH', '', { name: 'renamed' }),
    await seeing('POST', '/rotate', {}),
    await seeing('DELETE'),
  ])
    expectError(answer, 403, 'management-key:write')
  const blind = await asking('workspace:read')
  expectError(await blind('PATCH', '', { name: 'renamed' }), 404, 'API key not found')
})
