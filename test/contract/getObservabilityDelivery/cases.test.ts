import { expect, test } from 'vitest'
import {
  DESTINATIONS,
  deleteObservabilityDestination,
  getObservabilityDelivery,
  newDestination,
} from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 of one that nothing was sent to', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('GET', `${DESTINATIONS}/${id}/delivery`)
  expect(expectAnswer(answer, 200, getObservabilityDelivery.output).data).toEqual({
    destination_id: id,
    waiting: 0,
    oldest_waiting_at: null,
    delivered: 0,
    last_delivered_at: null,
    dead_letters: 0,
    dropped: 0,
    failing_since: null,
    last_error: null,
    next_attempt_at: null,
  })
})

test('404 for an unknown and for a deleted one', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  await call(deleteObservabilityDestination, { id })
  for (const gone of [NO_UUID, id])
    expectError(await send('GET', `${DESTINATIONS}/${gone}/delivery`), 404, 'Destination not found')
})
