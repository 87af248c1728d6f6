import { expect, test } from 'vitest'
import {
  CHANNELS,
  deleteAlertChannel,
  deleteAlertRule,
  getAlertChannel,
  listAlertChannels,
  newChannel,
  newRule,
} from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 deletes it', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = await newChannel({ workspace_id })
  const answer = await send('DELETE', `${CHANNELS}/${made.id}`)
  expect(expectAnswer(answer, 200, deleteAlertChannel.output)).toEqual({ deleted: true })
  expect((await call(listAlertChannels, { workspace_id })).data).toEqual([])
  expect(await auditRows({ action: 'deleteAlertChannel', resource_id: made.id })).toMatchObject([{ before: made }])
})

test('409 while a rule sends there, and then it stays', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newChannel({ workspace_id })
  const rule = await newRule({ workspace_id, channel_ids: [id], enabled: false })
  expectError(await send('DELETE', `${CHANNELS}/${id}`), 409, '1 alert rules')
  expect((await call(getAlertChannel, { id })).data.enabled).toBe(true)
  await call(deleteAlertRule, { id: rule.id })
  await call(deleteAlertChannel, { id })
})

test('404 for an unknown one and for one that is deleted already', async () => {
  const { id } = await newChannel({ workspace_id: (await newWorkspace()).id })
  await call(deleteAlertChannel, { id })
  for (const gone of [NO_UUID, id])
    expectError(await send('DELETE', `${CHANNELS}/${gone}`), 404, 'Alert channel not found')
})
