import { expect, test } from 'vitest'
import { deleteKeys, updateKeys } from '../../../src/contract/management/keys.ts'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import { startGateway } from '../../harness/gateway-process.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send, sendTo } from '../request.ts'

test('200 deletes a workspace without keys, by slug too, and once', async () => {
  const { slug } = await newWorkspace()
  const answer = await send('DELETE', `/api/v1/workspaces/${slug}`)
  expect(expectAnswer(answer, 200, deleteWorkspace.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `/api/v1/workspaces/${slug}`), 404, 'Workspace not found')
})

test('400 while a key lives in it, disabled or not; 200 once the keys are deleted', async () => {
  const { id } = await newWorkspace()
  const { data } = await newKey({ workspace_id: id })
  expectError(await send('DELETE', `/api/v1/workspaces/${id}`), 400, 'still has 1 API keys')
  await call(updateKeys, { hash: data.hash, disabled: true })
  expectError(await send('DELETE', `/api/v1/workspaces/${id}`), 400, 'still has 1 API keys')
  await call(deleteKeys, { hash: data.hash })
  expect((await send('DELETE', `/api/v1/workspaces/${id}`)).status).toBe(200)
})

test('400 or 404 for one of two: no key is ever made in a workspace that is being deleted', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await newWorkspace()
    const [made, deleted] = await Promise.all([
      send('POST', '/api/v1/keys', { body: { name: 'race', workspace_id: id } }),
      send('DELETE', `/api/v1/workspaces/${id}`),
    ])
    expect([`${made.status} ${deleted.status}`]).toEqual([expect.stringMatching(/^(201 400|404 200)$/)])
  }
})

test('403 for the default workspace unless its deletion is confirmed', async () => {
  for (const query of ['', '?confirm_default_workspace_deletion=false']) {
    const answer = await send('DELETE', `/api/v1/workspaces/default${query}`)
    expectError(answer, 403, 'confirm_default_workspace_deletion=true')
  }
})

test('400 for a confirmation that is neither true nor false', async () => {
  const answer = await send('DELETE', '/api/v1/workspaces/default?confirm_default_workspace_deletion=perhaps')
  expectError(answer, 400, 'confirm_default_workspace_deletion')
})

test('404 for an unknown workspace', async () => {
  expectError(await send('DELETE', `/api/v1/workspaces/${NO_UUID}`), 404, 'Workspace not found')
})

test('200 for the default workspace when confirmed: its keys never work again, others do, and calls must name a workspace', async () => {
  await using own = await startGateway()
  const inDefault = await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'in default' } })
  const created = await sendTo(own, 'POST', '/api/v1/workspaces', { body: { name: 'Other', slug: 'other' } })
  const { id } = (created.body as { data: { id: string } }).data
  const elsewhere = await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'elsewhere', workspace_id: id } })
  const keys = [inDefault, elsewhere].map(({ body }) => body as { key: string; data: { hash: string } })

  const answer = await sendTo(own, 'DELETE', '/api/v1/workspaces/default?confirm_default_workspace_deletion=true')
  expectAnswer(answer, 200, deleteWorkspace.output)
  const statuses = await Promise.all(keys.map(({ key }) => sendTo(own, 'GET', '/api/v1/key', { key })))
  expect(statuses.map(({ status }) => status)).toEqual([401, 200])
  const revived = await sendTo(own, 'PATCH', `/api/v1/keys/${keys[0]?.data.hash}`, { body: { disabled: false } })
  expectError(revived, 400, 'disabled')
  expectError(await sendTo(own, 'GET', '/api/v1/keys'), 400, 'workspace_id')
  expectError(await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'x' } }), 400, 'workspace_id')
  expect((await sendTo(own, 'GET', `/api/v1/keys?workspace_id=${id}`)).status).toBe(200)
  expect((await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'x', workspace_id: id } })).status).toBe(201)
  expect(gateway.url).not.toBe(own.url)
})
