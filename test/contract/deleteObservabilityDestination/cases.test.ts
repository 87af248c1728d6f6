import { expect, test } from 'vitest'
import { DESTINATIONS, deleteObservabilityDestination, newDestination } from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 once, 404 from then on', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('DELETE', `${DESTINATIONS}/${id}`)
  expect(expectAnswer(answer, 200, deleteObservabilityDestination.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `${DESTINATIONS}/${id}`), 404, 'Destination not found')
  expectError(await send('DELETE', `${DESTINATIONS}/${NO_UUID}`), 404, 'Destination not found')
})

test('404 for what is no UUID', async () => {
  expectError(await send('DELETE', `${DESTINATIONS}/mine`), 404, /^Destination not found$/)
})
