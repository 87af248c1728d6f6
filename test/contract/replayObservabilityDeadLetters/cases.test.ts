import { expect, test } from 'vitest'
import { auditRows } from '../audit-trail.ts'
import { DESTINATIONS, newDestination, replayObservabilityDeadLetters } from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 where there is none: nothing changes, and nothing is on record', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  for (const body of [{}, { generation_ids: ['gen-1-unknown'] }]) {
    const answer = await send('POST', `${DESTINATIONS}/${id}/dead-letters/replay`, { body })
    expect(expectAnswer(answer, 200, replayObservabilityDeadLetters.output).data).toEqual({ replayed: 0 })
  }
  expect(await auditRows({ action: 'replayObservabilityDeadLetters', resource_id: id })).toEqual([])
})

test('400 for an empty list, and for what is no list', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  for (const generation_ids of [[], 'gen-1', [1]]) {
    const answer = await send('POST', `${DESTINATIONS}/${id}/dead-letters/replay`, { body: { generation_ids } })
    expectError(answer, 400, 'generation_ids')
  }
})

test('404 for an unknown one', async () => {
  const answer = await send('POST', `${DESTINATIONS}/${NO_UUID}/dead-letters/replay`, { body: {} })
  expectError(answer, 404, 'Destination not found')
})
