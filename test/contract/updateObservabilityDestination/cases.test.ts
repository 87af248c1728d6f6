import { expect, test } from 'vitest'
import { DESTINATION_CONFIG_SAMPLES } from '../../harness/destination-configs.ts'
import {
  DESTINATIONS,
  deleteObservabilityDestination,
  getObservabilityDestination,
  newDestination,
  updateObservabilityDestination,
} from '../destination-fixtures.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 changes what is given and nothing else', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data: key } = await newKey({ workspace_id })
  const made = await newDestination({ workspace_id })
  const changes = {
    name: 'renamed',
    enabled: false,
    privacy_mode: true,
    sampling_rate: 0.5,
    api_key_hashes: [key.hash],
    filter_rules: { enabled: false, groups: [] },
    broadcast_generation_cost: true,
    regions: ['europe' as const],
  }
  const answer = await send('PATCH', `${DESTINATIONS}/${made.id}`, { body: changes })
  const { data } = expectAnswer(answer, 200, updateObservabilityDestination.output)
  expect(data).toEqual({ ...made, ...changes, updated_at: data.updated_at })
  const cleared = await call(updateObservabilityDestination, { id: made.id, api_key_hashes: null, filter_rules: null })
  expect(cleared.data).toMatchObject({ name: 'renamed', api_key_hashes: null, filter_rules: null })
})

test('200 a config sent back as it was shown changes no secret; a new value does', async () => {
  const headers = { 'X-One': 'first-header-value', 'X-Two': 'second-header-value' }
  const made = await newDestination({
    workspace_id: (await newWorkspace()).id,
    type: 'langfuse',
    config: { ...DESTINATION_CONFIG_SAMPLES.langfuse, headers },
  })
  const update = async (config: Record<string, unknown>) =>
    (await call(updateObservabilityDestination, { id: made.id, config })).data.config
  const moved = { ...made.config, baseUrl: `${made.config['baseUrl']}/v2` }
  expect(await update(moved)).toEqual(moved)
  expect(await update({ secretKey: 'another-secret-9999' })).toMatchObject({
    publicKey: 'pk-lf-1',
    secretKey: 'ano...9999',
    headers: { 'X-One': 'fir...alue', 'X-Two': 'sec...alue' },
  })
  // Headers are replaced as a whole, those that are masked keep their value.
  expect((await update({ headers: { 'X-Two': 'sec...alue', 'X-New': 'third-header-value!' } }))['headers']).toEqual({
    'X-Two': 'sec...alue',
    'X-New': 'thi...lue!',
  })
  expect(await update({ headers: null })).not.toHaveProperty('headers')
})

test.each([
  ['an unknown field of the config', { config: { colour: 'red' } }, 'config'],
  ['a required field taken away', { config: { url: null } }, 'config.url'],
  ['another kind of value', { config: { url: 5 } }, 'config.url'],
  ['the type', { type: 's3' }, 'type'],
  ['the workspace', { workspace_id: NO_UUID }, 'workspace_id'],
  ['an empty name', { name: '' }, 'name'],
  [
    'a broken pattern',
    { filter_rules: { groups: [{ rules: [{ field: 'model', operator: 'regex', value: '[' }] }] } },
    'value',
  ],
  ['a key that is not there', { api_key_hashes: ['0'.repeat(64)] }, 'api_key_hashes'],
])('400 for %s, and nothing has changed', async (_name, body, message) => {
  const made = await newDestination({ workspace_id: (await newWorkspace()).id })
  const answer = await send('PATCH', `${DESTINATIONS}/${made.id}`, { body: { enabled: false, ...body } })
  expectError(answer, 400, message)
  expect((await call(getObservabilityDestination, { id: made.id })).data).toEqual(made)
})

test('404 for an unknown and for a deleted one', async () => {
  const { id } = await newDestination({ workspace_id: (await newWorkspace()).id })
  await call(deleteObservabilityDestination, { id })
  for (const gone of [NO_UUID, id]) {
    expectError(await send('PATCH', `${DESTINATIONS}/${gone}`, { body: { name: 'x' } }), 404, 'Destination not found')
  }
})
