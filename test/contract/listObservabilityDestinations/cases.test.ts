import { expect, test } from 'vitest'
import { DESTINATION_CONFIG_SAMPLES } from '../../harness/destination-configs.ts'
import {
  DESTINATIONS,
  deleteObservabilityDestination,
  listObservabilityDestinations,
  newDestination,
} from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 those of a workspace, oldest first, in pages', async () => {
  const { id } = await newWorkspace()
  const types = ['webhook', 'posthog', 's3'] as const
  const made = []
  for (const type of types)
    made.push(await newDestination({ workspace_id: id, type, config: DESTINATION_CONFIG_SAMPLES[type] }))
  const answer = await send('GET', `${DESTINATIONS}?workspace_id=${id}`)
  expect(expectAnswer(answer, 200, listObservabilityDestinations.output)).toEqual({ data: made, total_count: 3 })
  const page = await call(listObservabilityDestinations, { workspace_id: id, offset: 1, limit: 1 })
  expect(page).toEqual({ data: [made[1]], total_count: 3 })
  await call(deleteObservabilityDestination, { id: made[0]?.id ?? '' })
  expect((await call(listObservabilityDestinations, { workspace_id: id })).total_count).toBe(2)
})

test('200 without a workspace those of Default', async () => {
  const elsewhere = await newDestination({ workspace_id: (await newWorkspace()).id })
  const { data } = await call(listObservabilityDestinations, { limit: 100 })
  expect(data.map(({ id }) => id)).not.toContain(elsewhere.id)
  expect(data.every(({ workspace_id }) => workspace_id === gateway.defaultWorkspaceId)).toBe(true)
})

test.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['offset=-1', 'offset'],
  ['workspace_id=default', 'workspace_id'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `${DESTINATIONS}?${query}`), 400, name)
})

test('404 for an unknown workspace', async () => {
  expectError(await send('GET', `${DESTINATIONS}?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
