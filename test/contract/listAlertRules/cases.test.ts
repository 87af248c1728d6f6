import { expect, test } from 'vitest'
import { asDeveloper, BUDGET, listAlertRules, newRule, RULES } from '../alert-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 lists those of a workspace, oldest first, in pages', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = [await newRule({ workspace_id, name: 'a' }), await newRule({ workspace_id, name: 'b' })]
  const answer = await send('GET', `${RULES}?workspace_id=${workspace_id}`)
  expect(expectAnswer(answer, 200, listAlertRules.output)).toEqual({ data: made, total_count: 2 })
  const second = await call(listAlertRules, { workspace_id, offset: 1, limit: 1 })
  expect(second).toEqual({ data: made.slice(1), total_count: 2 })
})

test('200 without a workspace has those of the organization and of all workspaces', async () => {
  const whole = await newRule({ workspace_id: null })
  const { total_count } = await call(listAlertRules, { limit: 1 })
  const { data } = await call(listAlertRules, { limit: 100, offset: Math.max(0, total_count - 100) })
  expect(data).toContainEqual(whole)
})

test('200 shows a developer their own rules and nobody else’s', async () => {
  const place = { workspace_id: gateway.teamWorkspaceId }
  const shared = await newRule(place)
  const body = { name: 'Mine', condition: BUDGET, ...place }
  const made = (await send('POST', RULES, { ...asDeveloper(), body })).body as { data: { id: string } }
  const { data } = expectAnswer(await send('GET', RULES, asDeveloper()), 200, listAlertRules.output)
  const ids = data.map(({ id }) => id)
  expect([ids.includes(made.data.id), ids.includes(shared.id)]).toEqual([true, false])
  expect(new Set(data.map(({ user_id }) => user_id))).toEqual(new Set([gateway.sessions.developer.userId]))
})

test.each([
  ['limit=101', 'limit'],
  ['offset=-1', 'offset'],
  ['workspace_id=team', 'workspace_id'],
])('400 for %s', async (query, named) => {
  expectError(await send('GET', `${RULES}?${query}`), 400, named)
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `${RULES}?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
