import { expect, test } from 'vitest'
import { auditRows } from '../audit-trail.ts'
import { DESTINATIONS, deleteObservabilityDeadLetters, newDestination } from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 where there is none: nothing changes, and nothing is on record', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('DELETE', `${DESTINATIONS}/${id}/dead-letters`)
  expect(expectAnswer(answer, 200, deleteObservabilityDeadLetters.output).data).toEqual({ deleted: 0 })
  expect(await auditRows({ action: 'deleteObservabilityDeadLetters', resource_id: id })).toEqual([])
})

test('404 for an unknown one', async () => {
  expectError(await send('DELETE', `${DESTINATIONS}/${NO_UUID}/dead-letters`), 404, 'Destination not found')
})
