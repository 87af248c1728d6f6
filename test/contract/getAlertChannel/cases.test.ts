import { expect, test } from 'vitest'
import { CHANNELS, deleteAlertChannel, getAlertChannel, newChannel } from '../alert-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 answers it as it was made', async () => {
  const made = await newChannel({ workspace_id: (await newWorkspace()).id })
  expect(expectAnswer(await send('GET', `${CHANNELS}/${made.id}`), 200, getAlertChannel.output).data).toEqual(made)
})

test('404 for an unknown and a deleted one, and one of another organization', async () => {
  const { id } = await newChannel({ workspace_id: (await newWorkspace()).id })
  const { cookie } = gateway.other.orgAdmin
  expectError(await send('GET', `${CHANNELS}/${id}`, { cookie }), 404, 'Alert channel not found')
  await call(deleteAlertChannel, { id })
  for (const gone of [id, NO_UUID])
    expectError(await send('GET', `${CHANNELS}/${gone}`), 404, 'Alert channel not found')
})
