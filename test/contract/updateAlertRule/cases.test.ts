import { expect, test } from 'vitest'
import {
  BUDGET,
  deleteAlertRule,
  getAlertRule,
  newChannel,
  newRule,
  RULES,
  updateAlertRule,
} from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 changes what is given and nothing else, with what was before on record', async () => {
  const { id: workspace_id } = await newWorkspace()
  const channel = await newChannel({ workspace_id })
  const made = await newRule({ workspace_id })
  const body = { name: 'renamed', enabled: false, channel_ids: [channel.id] }
  const answer = await send('PATCH', `${RULES}/${made.id}`, { body })
  const { data } = expectAnswer(answer, 200, updateAlertRule.output)
  expect(data).toEqual({ ...made, ...body, updated_at: data.updated_at })
  const [row] = await auditRows({ action: 'updateAlertRule', resource_id: made.id })
  expect(row).toMatchObject({ workspace_id, before: made, after: data })
  const condition = { kind: 'pool' as const, thresholds: [10] }
  const changed = await call(updateAlertRule, { id: made.id, condition, recipients: [], channel_ids: [] })
  expect(changed.data).toMatchObject({ ...body, condition, recipients: [], channel_ids: [] })
})

test.each([
  ['an empty name', { name: '' }, 'name'],
  ['a broken condition', { condition: { ...BUDGET, thresholds: ['80'] } }, 'thresholds'],
  ['another workspace', { workspace_id: NO_UUID }, 'workspace_id'],
  ['a channel that is not there', { channel_ids: [NO_UUID] }, 'channel_ids'],
])('400 for %s, and nothing has changed', async (_name, body, named) => {
  const made = await newRule({ workspace_id: (await newWorkspace()).id })
  expectError(await send('PATCH', `${RULES}/${made.id}`, { body: { enabled: false, ...body } }), 400, named)
  expect((await call(getAlertRule, { id: made.id })).data).toEqual(made)
})

test('404 for an unknown and for a deleted one', async () => {
  const { id } = await newRule({ workspace_id: (await newWorkspace()).id })
  await call(deleteAlertRule, { id })
  for (const gone of [NO_UUID, id])
    expectError(await send('PATCH', `${RULES}/${gone}`, { body: { name: 'x' } }), 404, 'Alert rule not found')
})
