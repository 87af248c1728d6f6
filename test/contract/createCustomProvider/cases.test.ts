import { afterEach, expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { CUSTOM_PROVIDER_OPERATIONS, CUSTOM_PROVIDERS_MAX } from '../../../src/contract/management/custom-providers.ts'
import { auditRows } from '../audit-trail.ts'
import { newByokKey } from '../byok-fixtures.ts'
import {
  BASE_URL,
  CUSTOM_PROVIDERS,
  deleteCustomProviders,
  newCustomProvider,
  newModel,
  PROVIDER_KEY,
} from '../custom-provider-fixtures.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createCustomProvider, listCustomProviders } = CUSTOM_PROVIDER_OPERATIONS

afterEach(deleteCustomProviders)

const PRICED = { id: 'private/priced', context_length: 8_000, pricing: { prompt: '0.000001', completion: '0.000002' } }

async function modelIds(key: string | null): Promise<string[]> {
  const { body } = await send('GET', '/api/v1/models', { key })
  return (body as { data: { id: string }[] }).data.map(({ id }) => id)
}

test('201 fills what was omitted, with the careful answer about prompts', async () => {
  const slug = newSlug()
  const body = { slug, base_url: `${BASE_URL}/`, models: [PRICED] }
  const answer = await send('POST', CUSTOM_PROVIDERS, { body })
  expect(expectAnswer(answer, 201, createCustomProvider.output).data).toEqual({
    id: expect.any(String),
    slug,
    name: slug,
    dialect: 'openai-chat',
    base_url: BASE_URL,
    key_label: null,
    data_policy: { training: true, retains_prompts: true },
    data_region: 'global',
    privacy_policy_url: null,
    terms_of_service_url: null,
    status_page_url: null,
    workspace_ids: null,
    models: [PRICED],
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
    updated_at: null,
  })
})

test('201 keeps every field that was sent, and of the credential a label', async () => {
  const workspace = await newWorkspace()
  const fields = {
    name: 'Our cluster',
    data_policy: { training: false, retains_prompts: true },
    data_region: 'europe' as const,
    privacy_policy_url: 'https://llm.example.test/privacy',
    terms_of_service_url: 'https://llm.example.test/terms',
    status_page_url: 'https://llm.example.test/status',
    workspace_ids: [workspace.id],
    models: [
      {
        ...PRICED,
        upstream_id: 'priced-v2',
        max_completion_tokens: 4_096,
        quantization: 'fp8' as const,
        supported_parameters: ['tools', 'temperature'],
        name: 'Priced',
        description: 'A model of ours',
        created: 1_700_000_000,
        knowledge_cutoff: '2025-01-31',
        input_modalities: ['text' as const, 'image' as const],
        output_modalities: ['text' as const],
      },
    ],
  }
  const provider = await newCustomProvider({ ...fields, api_key: PROVIDER_KEY })
  expect(provider).toMatchObject({ ...fields, key_label: 'sk-...AbCd' })
  expect(JSON.stringify(provider)).not.toContain(PROVIDER_KEY)
})

test('201 and from then on the chosen workspace sees the model, and nobody else', async () => {
  const chosen = await newWorkspace()
  const { key: inside } = await newKey({ workspace_id: chosen.id })
  const model = newModel()
  const { slug } = await newCustomProvider({ models: [model], workspace_ids: [chosen.id] })
  expect(await modelIds(inside)).toContain(model.id)
  expect(await modelIds(gateway.managementKey)).toContain(model.id)
  for (const key of [gateway.inferenceKey, gateway.other.managementKey, null]) {
    expect(await modelIds(key)).not.toContain(model.id)
    const path = `/api/v1/models/${model.id}/endpoints`
    expectError(await send('GET', path, { key }), 404, 'Model not found')
    expectError(await send('GET', `/api/v1/model/${model.id}`, { key }), 404, 'Model not found')
    const { body } = await send('GET', '/api/v1/providers', { key })
    expect(JSON.stringify(body)).not.toContain(slug)
  }
  const { body } = await send('GET', `/api/v1/models/${model.id}/endpoints`, { key: inside })
  expect(body).toMatchObject({ data: { endpoints: [{ tag: slug, pricing: { prompt: '0', completion: '0' } }] } })
})

test('201 for all workspaces of the organization without a list of them', async () => {
  const model = newModel()
  await newCustomProvider({ models: [model] })
  expect(await modelIds(gateway.inferenceKey)).toContain(model.id)
  expect(await modelIds(gateway.other.managementKey)).not.toContain(model.id)
  expect(await modelIds(null)).not.toContain(model.id)
})

test('201 leaves one line in the audit log, in which the credential is not', async () => {
  const provider = await newCustomProvider({ api_key: PROVIDER_KEY })
  const rows = await auditRows({ resource_id: provider.id })
  expect(rows.map(({ action }) => action)).toEqual(['createCustomProvider'])
  expect(rows[0]).toMatchObject({ before: null, after: { slug: provider.slug, key_label: 'sk-...AbCd' } })
  expect(JSON.stringify(rows)).not.toContain(PROVIDER_KEY)
})

test.each([
  ['a missing slug', { slug: undefined }, 'slug'],
  ['a slug in capitals', { slug: 'Ours' }, 'slug'],
  ['a slug that looks like an id', { slug: NO_UUID }, 'slug'],
  ['a slug with a slash', { slug: 'openai/ours' }, 'slug'],
  ['the slug of the built-in provider', { slug: 'sim' }, 'slug'],
  ['an unknown dialect', { dialect: 'gopher' }, 'dialect'],
  ['a missing address', { base_url: undefined }, 'base_url'],
  ['an address that is no URL', { base_url: 'llm.example.test' }, 'base_url'],
  ['an address with a password', { base_url: 'https://u:p@llm.example.test' }, 'base_url'],
  ['an address with a query', { base_url: 'https://llm.example.test?key=1' }, 'base_url'],
  ['a loopback address', { base_url: 'http://127.0.0.1:11434/v1' }, 'base_url: 127.0.0.1 is a private address'],
  ['a loopback address in another spelling', { base_url: 'http://0x7f000001/v1' }, 'base_url: 127.0.0.1 is'],
  ['a loopback name', { base_url: 'http://localhost:8000' }, 'base_url: localhost is a private address'],
  ['a private address', { base_url: 'http://10.0.0.8/v1' }, 'base_url: 10.0.0.8 is a private address'],
  ['the metadata service', { base_url: 'http://169.254.169.254/v1' }, 'base_url: 169.254.169.254 is'],
  ['a private address of version 6', { base_url: 'http://[::ffff:10.0.0.8]/v1' }, 'base_url: '],
  ['an empty credential', { api_key: '' }, 'api_key'],
  ['a credential that fits in no header', { api_key: 'sk-…' }, 'api_key: must be printable ASCII'],
  ['a credential with a line break', { api_key: `${PROVIDER_KEY}\n` }, 'api_key: must be printable ASCII'],
  ['a workspace that is no UUID', { workspace_ids: ['default'] }, 'workspace_ids.0'],
  ['an unknown workspace', { workspace_ids: [NO_UUID] }, `workspace_ids: ${NO_UUID} is not`],
  ['a region that there is not', { data_region: 'mars' }, 'data_region'],
  ['half a data policy', { data_policy: { training: false } }, 'data_policy.retains_prompts'],
  ['no models', { models: [] }, 'models'],
  ['501 models', { models: Array.from({ length: 501 }, newModel) }, 'models'],
  ['the same model twice', { models: [PRICED, PRICED] }, 'models.1.id: duplicate model private/priced'],
  ['a model without an author', { models: [{ ...PRICED, id: 'priced' }] }, 'models.0.id'],
  ['a name that stands for models', { models: [{ ...PRICED, id: 'openrouter/auto' }] }, 'models.0.id: openrouter/auto'],
  ['a model of the built-in provider', { models: [{ ...PRICED, id: 'sim/echo' }] }, 'models.0.id'],
  ['a model without a price', { models: [{ ...PRICED, pricing: undefined }] }, 'private/priced has no pricing'],
  ['a model with half a price', { models: [{ ...PRICED, pricing: { prompt: '1' } }] }, 'models.0.pricing'],
  ['a model with a price and free', { models: [{ ...PRICED, free: true }] }, 'models.0.free'],
  ['a price that is a number', { models: [{ ...PRICED, pricing: { prompt: 1, completion: '1' } }] }, 'pricing.prompt'],
  ['a negative price', { models: [{ ...PRICED, pricing: { prompt: '-1', completion: '1' } }] }, 'pricing.prompt'],
  ['a price that is too fine', { models: [{ ...PRICED, pricing: { request: '1e-10' } }] }, 'pricing.request'],
  ['an unknown price', { models: [{ ...PRICED, pricing: { ...PRICED.pricing, tea: '1' } }] }, 'tea'],
  ['an unknown field of a model', { models: [{ ...PRICED, colour: 'red' }] }, 'colour'],
  ['no context length', { models: [{ ...PRICED, context_length: undefined }] }, 'models.0.context_length'],
])('400 for %s', async (_name, fields, named) => {
  const body = { slug: newSlug(), base_url: BASE_URL, models: [PRICED], ...fields }
  expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 400, named)
  expect((await call(listCustomProviders, {})).total_count).toBe(0)
})

test('400 for a workspace of another organization, in the words of one that is not there', async () => {
  const id = gateway.other.workspaceId
  const body = { slug: newSlug(), base_url: BASE_URL, models: [PRICED], workspace_ids: [id] }
  const message = `workspace_ids: ${id} is not a workspace of this organization`
  expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 400, message)
})

test('400 over the cap, which is named', async () => {
  for (let count = 0; count < CUSTOM_PROVIDERS_MAX; count += 1) await newCustomProvider()
  const body = { slug: newSlug(), base_url: BASE_URL, models: [PRICED] }
  expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 400, `has ${CUSTOM_PROVIDERS_MAX} providers`)
  for (let page = 0; page < CUSTOM_PROVIDERS_MAX / 20; page += 1) await deleteCustomProviders()
})

test('409 for a slug that the organization has already, until that provider is deleted', async () => {
  const { slug } = await newCustomProvider()
  const body = { slug, base_url: BASE_URL, models: [PRICED] }
  expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 409, `slug: another provider is called "${slug}" already`)
  await deleteCustomProviders()
  expect(await send('POST', CUSTOM_PROVIDERS, { body })).toMatchObject({ status: 201 })
})

test('409 while there are credentials of workspaces for a provider of that slug, which nobody gave for this address', async () => {
  const { id: workspaceId } = await newWorkspace()
  const credential = await newByokKey({ provider: 'novita', workspace_id: workspaceId })
  const body = { slug: 'novita', base_url: BASE_URL, models: [PRICED] }
  expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 409, 'slug: 1 BYOK keys for "novita"')
  await call(BYOK_OPERATIONS.deleteBYOKKey, { id: credential.id })
  expect(await send('POST', CUSTOM_PROVIDERS, { body })).toMatchObject({ status: 201 })
})

test('409 for a name that stands for another provider, of the organization or of the installation', async () => {
  await newCustomProvider({ slug: 'first', name: 'The First' })
  for (const [fields, named] of [
    [{ slug: 'second', name: 'the first' }, 'name: another provider is called "the first"'],
    [{ slug: 'second', name: 'First' }, 'name'],
    [{ slug: 'second', name: 'Switchyard Sim' }, 'name'],
    [{ slug: 'second', name: 'SIM' }, 'name'],
  ] as const) {
    const body = { base_url: BASE_URL, models: [PRICED], ...fields }
    expectError(await send('POST', CUSTOM_PROVIDERS, { body }), 409, named)
  }
})

test('201 warns of prices that are never charged', async () => {
  const pricing = { prompt: '0.000001', completion: '0.000002', image_token: '0.000003', web_search: '0.01' }
  const body = { slug: newSlug(), base_url: BASE_URL, models: [{ ...PRICED, pricing }] }
  const { data, warnings } = expectAnswer(
    await send('POST', CUSTOM_PROVIDERS, { body }),
    201,
    createCustomProvider.output,
  )
  expect(warnings).toEqual(['model private/priced: web_search: not charged'])
  expect((await auditRows({ resource_id: data.id }))[0]?.after).toMatchObject({ models: [{ pricing }] })
})

test('201 for a slug that another organization has, which nobody is told', async () => {
  const { slug } = await newCustomProvider()
  const body = { slug, base_url: BASE_URL, models: [PRICED] }
  const theirs = { key: gateway.other.managementKey }
  expect(await send('POST', CUSTOM_PROVIDERS, { ...theirs, body })).toMatchObject({ status: 201 })
  expect(await send('DELETE', `${CUSTOM_PROVIDERS}/${slug}`, theirs)).toMatchObject({ status: 200 })
})

test('403 for an admin of a workspace', async () => {
  const body = { slug: newSlug(), base_url: BASE_URL, models: [PRICED] }
  const answer = await send('POST', CUSTOM_PROVIDERS, { body, cookie: gateway.sessions.admin.cookie })
  expectError(answer, 403, 'custom-provider:write')
})
