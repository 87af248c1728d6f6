import { expect, test } from 'vitest'
import { ALERTS, asDeveloper, listAlerts, newAlert } from '../alert-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 tells of a budget that is used up, once', async () => {
  const { alert, rule, workspaceId } = await newAlert()
  const answer = await send('GET', `${ALERTS}?workspace_id=${workspaceId}`)
  const { data, total_count } = expectAnswer(answer, 200, listAlerts.output)
  expect(data.filter(({ rule_id }) => rule_id === rule.id)).toEqual([alert])
  expect(total_count).toBe(data.length)
  const { details } = alert
  expect(alert).toEqual({
    id: expect.any(String),
    rule_id: rule.id,
    kind: 'budget',
    workspace_id: workspaceId,
    user_id: null,
    subject: { kind: 'workspace', id: workspaceId, name: 'Spendthrift' },
    message: expect.stringMatching(
      /^Workspace "Spendthrift" has spent \$0\.\d+ of its monthly budget of \$0\.\d+ \(100 %\)\.$/,
    ),
    details: {
      threshold_percent: 100,
      interval: 'monthly',
      window_start: expect.stringMatching(/^\d{4}-\d\d-01$/),
      spent_usd: details['limit_usd'],
      limit_usd: expect.any(Number),
    },
    created_at: expect.stringMatching(/Z$/),
    resolved_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
  })
  const filtered = async (query: string) =>
    expectAnswer(await send('GET', `${ALERTS}?workspace_id=${workspaceId}&${query}`), 200, listAlerts.output)
      .total_count
  expect(await filtered('kind=budget&acknowledged=false')).toBe(await filtered(''))
  expect(await filtered('kind=pool')).toBe(0)
  expect(await filtered('acknowledged=true')).toBe(0)
})

test('200 shows a developer nothing of a workspace that is not theirs', async () => {
  const { total_count } = await call(listAlerts, { workspace_id: (await newWorkspace()).id })
  expect(total_count).toBe(0)
  const { data } = expectAnswer(await send('GET', ALERTS, asDeveloper()), 200, listAlerts.output)
  expect(data.filter(({ user_id }) => user_id !== gateway.sessions.developer.userId)).toEqual([])
})

test.each([
  ['kind=weather', 'kind'],
  ['acknowledged=maybe', 'acknowledged'],
  ['limit=1000', 'limit'],
])('400 for %s', async (query, named) => {
  expectError(await send('GET', `${ALERTS}?${query}`), 400, named)
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `${ALERTS}?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
