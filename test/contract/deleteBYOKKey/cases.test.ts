import { expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import { newByokKey } from '../byok-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deleteBYOKKey } = BYOK_OPERATIONS

test('200 once, then 404', async () => {
  const { id } = await newByokKey()
  expect(expectAnswer(await send('DELETE', `/api/v1/byok/${id}`), 200, deleteBYOKKey.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `/api/v1/byok/${id}`), 404, 'BYOK key not found')
})

test('404 after its workspace was deleted, which takes it along', async () => {
  const workspace = await newWorkspace()
  const { id } = await newByokKey({ workspace_id: workspace.id })
  await call(deleteWorkspace, { id: workspace.id })
  expectError(await send('GET', `/api/v1/byok/${id}`), 404, 'BYOK key not found')
})

test('404 for one that is not there', async () => {
  expectError(await send('DELETE', `/api/v1/byok/${NO_UUID}`), 404, 'BYOK key not found')
})
