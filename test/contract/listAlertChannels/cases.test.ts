import { expect, test } from 'vitest'
import { CHANNELS, listAlertChannels, newChannel, WEBHOOK } from '../alert-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 lists those of a workspace, oldest first, in pages and without secrets', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = [await newChannel({ workspace_id }), await newChannel({ workspace_id, target: WEBHOOK })]
  const answer = await send('GET', `${CHANNELS}?workspace_id=${workspace_id}`)
  expect(expectAnswer(answer, 200, listAlertChannels.output)).toEqual({ data: made, total_count: 2 })
  expect(JSON.stringify(answer.body)).not.toContain('secret-of')
  expect(await call(listAlertChannels, { workspace_id, offset: 1 })).toEqual({ data: made.slice(1), total_count: 2 })
})

test('200 for a Viewer of the workspace', async () => {
  const made = await newChannel({ workspace_id: gateway.teamWorkspaceId })
  const { cookie } = gateway.sessions.viewer
  const answer = await send('GET', `${CHANNELS}?workspace_id=${gateway.teamWorkspaceId}&limit=100`, { cookie })
  expect(expectAnswer(answer, 200, listAlertChannels.output).data).toContainEqual(made)
})

test.each([
  ['limit=0', 'limit'],
  ['workspace_id=1', 'workspace_id'],
])('400 for %s', async (query, named) => {
  expectError(await send('GET', `${CHANNELS}?${query}`), 400, named)
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `${CHANNELS}?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
