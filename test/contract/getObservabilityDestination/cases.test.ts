import { expect, test } from 'vitest'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import {
  DESTINATIONS,
  deleteObservabilityDestination,
  getObservabilityDestination,
  newDestination,
} from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 as it was created', async () => {
  const made = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('GET', `${DESTINATIONS}/${made.id}`)
  expect(expectAnswer(answer, 200, getObservabilityDestination.output).data).toEqual(made)
})

test('200 of a workspace that was deleted: it is disabled', async () => {
  const { id } = await newWorkspace()
  const made = await newDestination({ workspace_id: id })
  await call(deleteWorkspace, { id })
  expect((await call(getObservabilityDestination, { id: made.id })).data.enabled).toBe(false)
})

test('404 for an unknown and for a deleted one', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  await call(deleteObservabilityDestination, { id })
  for (const gone of [NO_UUID, id]) {
    expectError(await send('GET', `${DESTINATIONS}/${gone}`), 404, /^Destination not found$/)
  }
})

test('404 for what is no UUID', async () => {
  expectError(await send('GET', `${DESTINATIONS}/mine`), 404, /^Destination not found$/)
})
