import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { SessionMint } from '../harness/sessions.ts'
import { chat } from './chat-client.ts'
import { withDatabase } from './stored-data.ts'

/*
 * Guardrails on the request path, seen from outside: what a call is answered, and what reaches a provider. Three providers
 * run the same models: `clean` keeps nothing, `keeps` retains prompts, `trains` trains on them. The first is the dearest.
 */

let upstream: ScriptedUpstream
let gateway: Gateway
let ownerId: string

const MODELS = ['openai/one', 'meta/two', 'meta/free']

function provider(
  slug: string,
  price: string,
  { region, ...policy }: { training: boolean; retains_prompts: boolean; region?: string },
) {
  return {
    slug,
    name: `The ${slug}`,
    dialect: 'openai-chat',
    base_url: upstream.baseUrl,
    api_key: `secret-of-${slug}`,
    data_policy: policy,
    ...(region === undefined ? {} : { data_region: region }),
    models: MODELS.map((id) => ({
      id,
      upstream_id: `${slug} ${id}`,
      pricing: id === 'meta/free' ? { prompt: '0', completion: '0' } : { prompt: price, completion: price },
      context_length: 128_000,
      quantization: slug === 'keeps' ? 'mxfp4' : 'bf16',
    })),
  }
}

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const config = {
    providers: [
      provider('clean', '0.000003', { training: false, retains_prompts: false, region: 'europe' }),
      provider('keeps', '0.000002', { training: false, retains_prompts: true, region: 'us' }),
      provider('trains', '0.000001', { training: true, retains_prompts: true }),
    ],
  }
  gateway = await startGateway({ config })
  ownerId = await withDatabase(gateway, async ({ kysely }) => {
    const { id: organizationId } = await kysely.selectFrom('organization').select('id').executeTakeFirstOrThrow()
    return (await new SessionMint(kysely, 'unused').member('owner', { organizationId, role: 'org:admin' })).userId
  })
})
beforeEach(() => upstream.reset())
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await gateway.call(method, `/api/v1${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

interface Place {
  id: string
  defaultId: string
  key: string
  hash: string
}

let places = 0

/** A workspace with a key that the same member owns everywhere. */
async function newPlace(): Promise<Place> {
  const slug = `place-${++places}`
  const made = await call<{ data: { id: string; default_guardrail_id: string } }>('POST', '/workspaces', {
    name: slug,
    slug,
    default_provider_sort: 'price',
  })
  const { id, default_guardrail_id: defaultId } = made.data
  return { id, defaultId, ...(await newKey(id)) }
}

async function newKey(workspace_id: string): Promise<{ key: string; hash: string }> {
  const body = { name: 'key', workspace_id, creator_user_id: ownerId }
  const { key, data } = await call<{ key: string; data: { hash: string } }>('POST', '/keys', body)
  return { key, hash: data.hash }
}

async function newGuardrail(place: Place, fields: Record<string, unknown>): Promise<string> {
  const body = { name: 'g', workspace_id: place.id, ...fields }
  return (await call<{ data: { id: string } }>('POST', '/guardrails', body)).data.id
}

const setDefault = (place: Place, fields: Record<string, unknown>) =>
  call('PATCH', `/guardrails/${place.defaultId}`, fields)
const assignKey = (id: string, { hash }: { hash: string }) =>
  call('POST', `/guardrails/${id}/assignments/keys`, { key_hashes: [hash] })
const assignMember = (id: string) =>
  call('POST', `/guardrails/${id}/assignments/members`, { member_user_ids: [ownerId] })

/** Where a request went: `provider model` as the provider was asked; otherwise the status. */
async function route(key: string, fields: Record<string, unknown> = {}): Promise<string | number> {
  const { status } = await chat(gateway, key, { model: 'meta/two', ...fields })
  return status === 200 ? (upstream.requests.at(-1)?.model ?? '') : status
}

const error = async (key: string, fields: Record<string, unknown> = {}) => {
  const { json } = await chat(gateway, key, { model: 'meta/two', ...fields })
  return json?.['error'] as Record<string, unknown>
}

describe('where a guardrail holds', () => {
  test('one that is assigned to nothing restricts nothing', async () => {
    const place = await newPlace()
    await newGuardrail(place, { ignored_providers: ['trains'] })
    expect(await route(place.key)).toBe('trains meta/two')
  })

  test('the default one of a workspace holds for each of its keys from the answer to the change on, and for no other workspace', async () => {
    const [place, other] = [await newPlace(), await newPlace()]
    expect(await route(place.key)).toBe('trains meta/two')
    await setDefault(place, { ignored_providers: ['trains'] })
    expect(await route(place.key)).toBe('keeps meta/two')
    expect(await route((await newKey(place.id)).key)).toBe('keeps meta/two')
    expect(await route(other.key)).toBe('trains meta/two')
    await call('DELETE', `/guardrails/${place.defaultId}`)
    expect(await route(place.key)).toBe('trains meta/two')
  })

  test('one of a key holds for that key, until it is taken off or deleted', async () => {
    const place = await newPlace()
    const second = await newKey(place.id)
    const id = await newGuardrail(place, { allowed_providers: ['The Keeps'] })
    await assignKey(id, place)
    expect([await route(place.key), await route(second.key)]).toEqual(['keeps meta/two', 'trains meta/two'])
    await call('POST', `/guardrails/${id}/assignments/keys/remove`, { key_hashes: [place.hash] })
    expect(await route(place.key)).toBe('trains meta/two')
    await assignKey(id, place)
    await call('PATCH', `/guardrails/${id}`, { allowed_providers: ['clean'] })
    expect(await route(place.key)).toBe('clean meta/two')
    await call('DELETE', `/guardrails/${id}`)
    expect(await route(place.key)).toBe('trains meta/two')
  })

  test('one of a member holds for their keys in every workspace, and is replaced by another', async () => {
    const [place, other] = [await newPlace(), await newPlace()]
    await assignMember(await newGuardrail(place, { ignored_providers: ['trains'] }))
    expect([await route(place.key), await route(other.key)]).toEqual(['keeps meta/two', 'keeps meta/two'])
    const second = await newGuardrail(other, { ignored_providers: ['trains', 'keeps'] })
    await assignMember(second)
    expect([await route(place.key), await route(other.key)]).toEqual(['clean meta/two', 'clean meta/two'])
    await call('POST', `/guardrails/${second}/assignments/members/remove`, { member_user_ids: [ownerId] })
    expect([await route(place.key), await route(other.key)]).toEqual(['trains meta/two', 'trains meta/two'])
  })

  test("the organization's policy is above all of them", async () => {
    const place = await newPlace()
    await setDefault(place, { allowed_providers: ['trains', 'keeps'] })
    await call('PATCH', '/organization/policy', { ignored_providers: ['trains'] })
    expect(await route(place.key)).toBe('keeps meta/two')
    await call('PATCH', '/organization/policy', { ignored_providers: null })
    expect(await route(place.key)).toBe('trains meta/two')
  })

  test('member, key and request narrow each other', async () => {
    const place = await newPlace()
    const wide = await newGuardrail(place, { allowed_providers: ['clean', 'keeps', 'trains'] })
    const narrow = await newGuardrail(place, { allowed_providers: ['clean', 'keeps'] })
    await assignMember(wide)
    await assignKey(narrow, place)
    expect(await route(place.key, { provider: { only: ['trains'] } })).toBe(404)
    expect(await route(place.key, { provider: { only: ['keeps'] } })).toBe('keeps meta/two')
    await call('POST', `/guardrails/${wide}/assignments/members/remove`, { member_user_ids: [ownerId] })
  })

  test('all of them hold again after a restart', async () => {
    const [place, byKey] = [await newPlace(), await newPlace()]
    await setDefault(place, { ignored_providers: ['trains'] })
    await assignKey(await newGuardrail(byKey, { allowed_providers: ['clean'] }), byKey)
    await gateway.restart()
    expect([await route(place.key), await route(byKey.key)]).toEqual(['keeps meta/two', 'clean meta/two'])
  })
})

describe('what it keeps away', () => {
  test('a model that guardrails forbid by name is a 403, in whatever spelling it was named', async () => {
    const place = await newPlace()
    await setDefault(place, { ignored_models: ['META/Two:free'] })
    expect(await error(place.key)).toEqual({
      code: 403,
      message: 'Guardrails forbid the requested model: meta/two',
      metadata: { error_type: 'permission_denied' },
      availability: {
        code: 'constraint_filtered',
        retryable: false,
        requested_models: ['meta/two'],
        excluded_by: ['ignored_models'],
        docs_url: `${gateway.url}/docs`,
      },
    })
  })

  test('what restrictions leave nothing of is a 404 that says which', async () => {
    const place = await newPlace()
    await setDefault(place, { allowed_models: ['openai/one'], enforce_zdr_other: true })
    expect(await error(place.key, { provider: { quantizations: ['fp4'] } })).toEqual({
      code: 404,
      message: `No endpoints available matching your guardrail restrictions and data policy. Configure: ${gateway.url}/settings/privacy`,
      metadata: { error_type: 'not_found' },
      availability: {
        code: 'constraint_filtered',
        retryable: false,
        requested_models: ['meta/two'],
        excluded_by: ['allowed_models', 'data_policy:zdr', 'quantization'],
        docs_url: `${gateway.url}/docs`,
      },
    })
  })

  test('of several models those that are forbidden are passed over, also as fallbacks', async () => {
    const place = await newPlace()
    await setDefault(place, { ignored_models: ['meta/two'] })
    expect(await route(place.key, { models: ['meta/two', 'openai/one'] })).toBe('trains openai/one')
    upstream.script({ status: 500 })
    expect(await route(place.key, { model: 'openai/one', models: ['meta/two'] })).toBe('keeps openai/one')
    expect(upstream.requests.filter(({ model }) => model.includes('meta/two'))).toEqual([])
  })

  test.each(['META/two', 'meta/twо', 'meta/two ', 'meta∕two', 'ｍeta/two', 'meta/two:fast', 'meta%2Ftwo'])(
    '%j is no way around: what is not written as the catalogue has it is no model',
    async (model) => {
      const place = await newPlace()
      await setDefault(place, { ignored_models: ['meta/two'] })
      expect(await route(place.key, { model })).toBe(400)
      expect(upstream.requests).toEqual([])
    },
  )

  test.each(['meta/two:nitro', 'meta/two:floor', 'meta/two:exacto', '~meta/two-latest'])(
    '%s is the model that it means, and forbidden with it',
    async (model) => {
      const place = await newPlace()
      await setDefault(place, { ignored_models: ['meta/two'] })
      expect(await route(place.key, { model })).toBe(403)
      expect(upstream.requests).toEqual([])
    },
  )

  test('zero data retention holds for a group of models, and no request relaxes it', async () => {
    const place = await newPlace()
    await setDefault(place, { enforce_zdr_openai: true })
    const relaxed = { provider: { zdr: false, order: ['trains'], data_collection: 'allow' } }
    expect(await route(place.key, { model: 'openai/one', ...relaxed })).toBe('clean openai/one')
    expect(await route(place.key, { model: 'meta/two', ...relaxed })).toBe('trains meta/two')
  })

  test('training is kept apart for what is free and what is paid', async () => {
    const place = await newPlace()
    await setDefault(place, { enable_free_model_training: false })
    expect(await route(place.key, { model: 'meta/free', provider: { only: ['trains'] } })).toBe(404)
    expect(await route(place.key, { model: 'meta/two', provider: { only: ['trains'] } })).toBe('trains meta/two')
  })

  test('data stays in the regions that all guardrails allow, and the key is told which', async () => {
    const place = await newPlace()
    const regions = async () => (await gateway.call('GET', '/api/v1/key', { key: place.key })).body
    expect(await regions()).toMatchObject({ data: { allowed_data_regions: ['global'] } })
    await setDefault(place, { allowed_data_regions: ['us', 'europe'] })
    expect(await route(place.key)).toBe('keeps meta/two')
    expect(await route(place.key, { provider: { order: ['trains'] } })).toBe('keeps meta/two')
    await assignKey(await newGuardrail(place, { allowed_data_regions: ['global', 'europe'] }), place)
    expect(await regions()).toMatchObject({ data: { allowed_data_regions: ['europe'] } })
    expect(await route(place.key)).toBe('clean meta/two')
    await setDefault(place, { allowed_data_regions: ['us'] })
    expect(await error(place.key)).toEqual({
      code: 403,
      message: 'No endpoints available in the data regions that your guardrails allow: meta/two',
      metadata: { error_type: 'permission_denied' },
      availability: {
        code: 'region_restricted',
        retryable: false,
        requested_models: ['meta/two'],
        excluded_by: ['data_region'],
        docs_url: `${gateway.url}/docs`,
      },
    })
  })

  test('a price above the most a request gives is not paid', async () => {
    const { key } = await newPlace()
    const max = (max_price: object) => ({ provider: { max_price, order: ['clean'] } })
    expect(await route(key, max({ prompt: 2.5 }))).toBe('trains meta/two')
    expect(await route(key, max({ prompt: '3', completion: '3' }))).toBe('clean meta/two')
    expect(await route(key, max({ completion: 0.5 }))).toBe(404)
    expect((await error(key, max({ completion: 0.5 })))['availability']).toMatchObject({ excluded_by: ['max_price'] })
  })

  test('a parameter that no endpoint takes leaves none only where the request wants it taken', async () => {
    const { key } = await newPlace()
    expect(await route(key, { top_k: 5 })).toBe('trains meta/two')
    expect(await route(key, { temperature: 1, provider: { require_parameters: true } })).toBe('trains meta/two')
    const strict = { top_k: 5, provider: { require_parameters: true } }
    expect((await error(key, strict))['availability']).toMatchObject({ excluded_by: ['require_parameters'] })
  })
})
