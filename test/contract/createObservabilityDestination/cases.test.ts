import { expect, test } from 'vitest'
import { DESTINATION_TYPES, type DestinationType } from '../../../src/contract/management/destination-types.ts'
import { deleteKeys } from '../../../src/contract/management/keys.ts'
import { DESTINATION_CONFIG_SAMPLES } from '../../harness/destination-configs.ts'
import {
  createObservabilityDestination,
  DESTINATIONS,
  deleteObservabilityDestination,
  listObservabilityDestinations,
  newDestination,
} from '../destination-fixtures.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const webhook = { type: 'webhook', name: 'hook', config: DESTINATION_CONFIG_SAMPLES.webhook }

test('201 with defaults and exactly the declared keys, in the Default workspace', async () => {
  const answer = await send('POST', DESTINATIONS, { body: webhook })
  const { data } = expectAnswer(answer, 201, createObservabilityDestination.output)
  expect(data).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    workspace_id: gateway.defaultWorkspaceId,
    type: 'webhook',
    name: 'hook',
    enabled: true,
    config: { url: 'https://hook.example/in', method: 'POST' },
    privacy_mode: false,
    sampling_rate: 1,
    api_key_hashes: null,
    filter_rules: null,
    broadcast_generation_cost: false,
    broadcast_generation_identity: false,
    broadcast_generation_request_context: false,
    regions: ['global'],
    created_at: expect.stringMatching(/Z$/),
    updated_at: expect.stringMatching(/Z$/),
    delivery: 'not_yet',
  })
  await call(deleteObservabilityDestination, { id: data.id })
})

test('201 with every field', async () => {
  const { id } = await newWorkspace()
  const { data: key } = await newKey({ workspace_id: id })
  const body = {
    ...webhook,
    config: { url: 'https://hook.example/in', method: 'PUT', headers: { 'X-Team': 'a-long-enough-value' } },
    enabled: false,
    privacy_mode: true,
    sampling_rate: 0.25,
    api_key_hashes: [key.hash],
    filter_rules: {
      enabled: true,
      groups: [
        {
          logic: 'or',
          rules: [
            { field: 'model', operator: 'regex', value: '^openai/.*' },
            { field: 'total_cost', operator: 'gt', value: 0.5 },
            { field: 'session_id', operator: 'exists' },
          ],
        },
      ],
    },
    broadcast_generation_cost: true,
    broadcast_generation_identity: true,
    broadcast_generation_request_context: true,
    regions: ['eu', 'us', 'europe'],
    workspace_id: id,
  }
  const { data } = expectAnswer(await send('POST', DESTINATIONS, { body }), 201, createObservabilityDestination.output)
  expect(data).toMatchObject({
    ...body,
    config: { ...body.config, headers: { 'X-Team': 'a-l...alue' } },
    regions: ['europe', 'us'],
  })
})

test.each(DESTINATION_TYPES)('201 for %s, of which no secret is ever shown again', async (type: DestinationType) => {
  const { id } = await newWorkspace()
  const headers = { Authorization: 'Bearer header-secret-0001' }
  const body = { type, name: type, config: { ...DESTINATION_CONFIG_SAMPLES[type], headers }, workspace_id: id }
  const created = await send('POST', DESTINATIONS, { body })
  const { data } = expectAnswer(created, 201, createObservabilityDestination.output)
  const got = await send('GET', `${DESTINATIONS}/${data.id}`)
  const listed = await send('GET', `${DESTINATIONS}?workspace_id=${id}`)
  const audited = await send('GET', `/api/v1/audit-logs?workspace_id=${id}`)
  for (const answer of [created, got, listed, audited]) {
    expect(answer.status).toBeLessThan(300)
    expect(JSON.stringify(answer.body)).not.toContain('secret-0001')
  }
  const { headers: _headers, ...config } = data.config
  for (const [name, value] of Object.entries(DESTINATION_CONFIG_SAMPLES[type])) {
    const shown = String(value).includes('-secret-') ? `${value.slice(0, 3)}...0001` : value
    expect(config[name]).toBe(shown)
  }
})

test.each(DESTINATION_TYPES)('400 for %s names each field of its config that is wrong', async (type) => {
  const required = Object.keys(DESTINATION_CONFIG_SAMPLES[type])
  const answer = await send('POST', DESTINATIONS, { body: { type, name: type, config: { colour: 'red' } } })
  expectError(answer, 400, /^config/)
  const { message } = (answer.body as { error: { message: string } }).error
  expect(required.filter((name) => !message.includes(`config.${name}:`))).toEqual([])
  expect(message).toContain('colour')
})

const hook = (fields: object) => ({ ...webhook, ...fields })
const rules = (...given: object[]) => hook({ filter_rules: { groups: [{ rules: given }] } })
test.each([
  ['an unknown type', hook({ type: 'carrier-pigeon' }), 'type'],
  ['no name', { type: 'webhook', config: DESTINATION_CONFIG_SAMPLES.webhook }, 'name'],
  ['an empty name', hook({ name: ' ' }), 'name'],
  ['no config', { type: 'webhook', name: 'x' }, 'config'],
  ['a config that is a list', hook({ config: [] }), 'config'],
  ['a file URL', hook({ config: { url: 'file:///etc/passwd' } }), 'config.url'],
  [
    'a header with a line break',
    hook({ config: { ...DESTINATION_CONFIG_SAMPLES.webhook, headers: { a: 'b\r\nc: d' } } }),
    'config.headers.a',
  ],
  [
    'a header name with a space',
    hook({ config: { ...DESTINATION_CONFIG_SAMPLES.webhook, headers: { 'a b': 'c' } } }),
    'config.headers',
  ],
  ['no sampling at all', hook({ sampling_rate: 0 }), 'sampling_rate'],
  ['sampling twice', hook({ sampling_rate: 2 }), 'sampling_rate'],
  ['an empty list of keys', hook({ api_key_hashes: [] }), 'api_key_hashes'],
  ['a key that is no hash', hook({ api_key_hashes: ['mine'] }), 'api_key_hashes.0'],
  ['a key that is not there', hook({ api_key_hashes: ['0'.repeat(64)] }), 'api_key_hashes'],
  ['no regions', hook({ regions: [] }), 'regions'],
  ['an unknown region', hook({ regions: ['moon'] }), 'regions.0'],
  ['rules without groups', hook({ filter_rules: {} }), 'filter_rules.groups'],
  ['a rule on an unknown field', rules({ field: 'mood', operator: 'exists' }), 'filter_rules.groups.0.rules.0.field'],
  ['an unknown operator', rules({ field: 'model', operator: 'like', value: 'a' }), 'rules.0.operator'],
  ['a rule without its value', rules({ field: 'model', operator: 'equals' }), 'rules.0.value'],
  ['an order between models', rules({ field: 'model', operator: 'gt', value: 1 }), 'rules.0.operator'],
  ['a cost in words', rules({ field: 'total_cost', operator: 'gt', value: 'much' }), 'rules.0.value'],
  [
    'a broken pattern behind a good one',
    rules({ field: 'model', operator: 'regex', value: 'a+' }, { field: 'model', operator: 'regex', value: '(' }),
    'rules.1.value',
  ],
  ['a look-ahead', rules({ field: 'model', operator: 'regex', value: '(?=a)b' }), 'rules.0.value'],
])('400 for %s', async (_name, body, message) => {
  expectError(await send('POST', DESTINATIONS, { body }), 400, message)
})

test('400 for a key of another workspace, or a deleted one', async () => {
  const { id } = await newWorkspace()
  const { data: elsewhere } = await newKey()
  const { data: deleted } = await newKey({ workspace_id: id })
  await call(deleteKeys, { hash: deleted.hash })
  for (const { hash } of [elsewhere, deleted]) {
    const body = { ...webhook, workspace_id: id, api_key_hashes: [hash] }
    expectError(await send('POST', DESTINATIONS, { body }), 400, 'api_key_hashes')
  }
})

test('404 for an unknown workspace', async () => {
  expectError(await send('POST', DESTINATIONS, { body: { ...webhook, workspace_id: NO_UUID } }), 404, 'not found')
})

test('409 for a sixth of a type in a workspace, until one of them is deleted', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = []
  for (let count = 0; count < 5; count += 1) made.push(await newDestination({ workspace_id }))
  const body = { ...webhook, workspace_id }
  expectError(await send('POST', DESTINATIONS, { body }), 409, 'at most 5')
  expect((await call(listObservabilityDestinations, { workspace_id })).total_count).toBe(5)
  await newDestination({ workspace_id, type: 'posthog', config: DESTINATION_CONFIG_SAMPLES.posthog })
  await newDestination({ workspace_id: (await newWorkspace()).id })
  await call(deleteObservabilityDestination, { id: made[0]?.id ?? '' })
  expect((await send('POST', DESTINATIONS, { body })).status).toBe(201)
})
