import { expect, test } from 'vitest'
import { DESTINATIONS, listObservabilityDeadLetters, newDestination } from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 of one that has taken everything', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('GET', `${DESTINATIONS}/${id}/dead-letters`)
  expect(expectAnswer(answer, 200, listObservabilityDeadLetters.output)).toEqual({ data: [], total_count: 0 })
})

test('400 for a limit of nothing', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  expectError(await send('GET', `${DESTINATIONS}/${id}/dead-letters?limit=0`), 400, 'limit')
})

test('404 for an unknown one', async () => {
  expectError(await send('GET', `${DESTINATIONS}/${NO_UUID}/dead-letters`), 404, 'Destination not found')
})
