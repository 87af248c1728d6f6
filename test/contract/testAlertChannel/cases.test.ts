import { expect, test } from 'vitest'
import { CHANNELS, getAlertChannel, newChannel, testAlertChannel } from '../alert-fixtures.ts'
import { eventually, NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('202 tries once, also where the channel is switched off, and the channel tells how it went', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newChannel({
    workspace_id,
    enabled: false,
    target: { type: 'slack', url: 'https://127.0.0.1:9/services/path-of-slack' },
  })
  const { data } = expectAnswer(await send('POST', `${CHANNELS}/${id}/test`), 202, testAlertChannel.output)
  expect(data.delivery_id).toMatch(/^[0-9a-f-]{36}$/)
  const channel = await eventually(
    async () => (await call(getAlertChannel, { id })).data,
    ({ last_error }) => last_error !== null,
  )
  expect(channel).toMatchObject({
    failures: 0,
    last_delivered_at: null,
    last_error: '127.0.0.1 may not be connected to',
  })
})

test('404 for an unknown one', async () => {
  expectError(await send('POST', `${CHANNELS}/${NO_UUID}/test`), 404, 'Alert channel not found')
})
