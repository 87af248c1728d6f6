import { expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { newByokKey } from '../byok-fixtures.ts'
import { NO_UUID, newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deleteBYOKKey, getBYOKKey } = BYOK_OPERATIONS

test('200 gives what creation answered', async () => {
  const made = await newByokKey({ name: 'prod' })
  const answer = await send('GET', `/api/v1/byok/${made.id}`)
  expect(expectAnswer(answer, 200, getBYOKKey.output)).toEqual({ data: made })
})

test('200 names an allowed key by its hash', async () => {
  const { data: key } = await newKey()
  const { id } = await newByokKey({ allowed_api_key_hashes: [key.hash] })
  expect((await call(getBYOKKey, { id })).data.allowed_api_key_hashes).toEqual([key.hash])
})

test('404 for one that is not there or was deleted, and for what is no id', async () => {
  const { id } = await newByokKey()
  await call(deleteBYOKKey, { id })
  for (const gone of [id, NO_UUID, 'mine'])
    expectError(await send('GET', `/api/v1/byok/${gone}`), 404, 'BYOK key not found')
})
