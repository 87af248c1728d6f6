import { expect, test } from 'vitest'
import {
  CHANNELS,
  deleteAlertChannel,
  getAlertChannel,
  newChannel,
  SLACK,
  updateAlertChannel,
  WEBHOOK,
} from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 changes what is given and nothing else', async () => {
  const made = await newChannel({ workspace_id: (await newWorkspace()).id })
  const body = { name: 'renamed', enabled: false }
  const { data } = expectAnswer(await send('PATCH', `${CHANNELS}/${made.id}`, { body }), 200, updateAlertChannel.output)
  expect(data).toEqual({ ...made, ...body, updated_at: data.updated_at })
})

test('200 a new target takes the place of the old one, secrets and all, and only that is on record', async () => {
  const made = await newChannel({ workspace_id: (await newWorkspace()).id })
  const { data } = await call(updateAlertChannel, { id: made.id, target: WEBHOOK })
  expect(data.target).toEqual({ type: 'webhook', destination: 'https://alerts.example.test' })
  const [row] = await auditRows({ action: 'updateAlertChannel', resource_id: made.id })
  expect(row).toMatchObject({ before: made, after: { ...data, is_target_replaced: true } })
  expect(JSON.stringify(row)).not.toContain('secret-of')
})

test.each([
  ['an empty name', { name: '' }, 'name'],
  ['a target without its secret', { target: { type: 'webhook', url: WEBHOOK.url } }, 'signing_secret'],
  ['the mask of a target', { target: { type: 'slack', destination: 'https://hooks.example.test' } }, 'target'],
  ['mail, where none is sent', { target: { type: 'email', address: 'a@example.test' } }, 'target'],
])('400 for %s, and nothing has changed', async (_name, body, named) => {
  const made = await newChannel({ workspace_id: (await newWorkspace()).id, target: SLACK })
  expectError(await send('PATCH', `${CHANNELS}/${made.id}`, { body: { enabled: false, ...body } }), 400, named)
  expect((await call(getAlertChannel, { id: made.id })).data).toEqual(made)
})

test('404 for an unknown and for a deleted one', async () => {
  const { id } = await newChannel({ workspace_id: (await newWorkspace()).id })
  await call(deleteAlertChannel, { id })
  for (const gone of [NO_UUID, id])
    expectError(await send('PATCH', `${CHANNELS}/${gone}`, { body: { name: 'x' } }), 404, 'Alert channel not found')
})
