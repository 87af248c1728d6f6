import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { manageAt } from './manage.ts'

/*
 * Where requests go, seen from outside: two providers run the same models, `one` for a third of what `three` takes, and a third
 * provider has a model of its own that costs nothing.
 */

const DRAWS = 400

let one: ScriptedUpstream
let three: ScriptedUpstream
let gateway: Gateway
let key: string
let made = 0

function provider(slug: string, upstream: ScriptedUpstream, price: string, fields: object = {}) {
  const pricing = { prompt: price, completion: '0', input_cache_read: '0.0000000001' }
  const model = (id: string, more: object = {}) => ({ id, pricing, context_length: 128_000, ...more })
  return {
    slug,
    dialect: 'openai-chat',
    base_url: upstream.baseUrl,
    api_key: `secret-of-${slug}`,
    models: [model('acme/large-1'), model('acme/large-2', { context_length: 200_000 }), model('acme/small-1', fields)],
  }
}

beforeAll(async () => {
  one = await startScriptedUpstream()
  three = await startScriptedUpstream()
  const free = {
    slug: 'gratis',
    dialect: 'openai-chat',
    base_url: one.baseUrl,
    models: [{ id: 'acme/gift', free: true, context_length: 8_000 }],
  }
  const grok = {
    slug: 'grok',
    dialect: 'openai-chat',
    quirks: 'xai',
    base_url: three.baseUrl,
    models: [{ id: 'acme/grok', pricing: { prompt: '0.000003', completion: '0' }, context_length: 8_000 }],
  }
  const config = {
    providers: [
      provider('three', three, '0.000003'),
      provider('one', one, '0.000001', { max_completion_tokens: 100 }),
      free,
      grok,
    ],
  }
  gateway = await startGateway({ config })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
beforeEach(() => {
  one.reset()
  three.reset()
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await one?.close()
  await three?.close()
})

interface Answer {
  status: number
  id: string
  model: string
  provider: string
  message: string
  metadata: Record<string, unknown> | undefined
}

async function ask(fields: object = {}, withKey = key, headers: Record<string, string> = {}): Promise<Answer> {
  const body = { model: 'acme/large-1', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 5, ...fields }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key: withKey, body, headers })
  const wire = answer.body as Record<string, unknown>
  return {
    status: answer.status,
    id: String(answer.headers.get('x-request-id')),
    model: String(wire['model']),
    provider: String(wire['provider']),
    message: String((wire['error'] as { message?: string } | undefined)?.message),
    metadata: wire['openrouter_metadata'] as Record<string, unknown> | undefined,
  }
}

const askExplained = (fields: object = {}, withKey = key) =>
  ask(fields, withKey, { 'X-OpenRouter-Metadata': 'enabled' })

async function explain({ id }: Answer): Promise<{ plan: Record<string, unknown> }> {
  const { status, body } = await gateway.call('GET', `/api/v1/generation/explanation?id=${id}`)
  expect(status).toBe(200)
  return (body as { data: { plan: Record<string, unknown> } }).data
}

async function newPlace(fields: object = {}): Promise<{ id: string; key: string; guardrail: string }> {
  made += 1
  const slug = `place-${made}`
  const { id } = await manageAt(gateway, 'POST', 'workspaces', { name: slug, slug, ...fields })
  const { default_guardrail_id } = await manageAt(gateway, 'GET', `workspaces/${id}`)
  const own = await gateway.createKey({ workspace_id: id, rate_limit_rpm: 0 })
  return { id: String(id), key: own, guardrail: String(default_guardrail_id) }
}

test('a provider of a third of the price gets nine of ten requests, within what chance allows', async () => {
  for (let at = 0; at < DRAWS; at += 1) expect((await ask()).status).toBe(200)
  expect(one.requests.length + three.requests.length).toBe(DRAWS)
  // Four standard deviations.
  expect(Math.abs(one.requests.length - DRAWS * 0.9)).toBeLessThan(4 * Math.sqrt(DRAWS * 0.9 * 0.1))
})

describe('what a workspace sets', () => {
  test('its sort holds for what says nothing itself, the why names it, and no other workspace is touched', async () => {
    const sorted = await newPlace({ default_provider_sort: 'price' })
    const other = await newPlace()
    for (let at = 0; at < 20; at += 1) expect((await ask({}, sorted.key)).provider).toBe('one')
    const { plan } = await explain(await ask({}, sorted.key))
    expect(plan['routing']).toMatchObject({
      sorted_by: 'price',
      sorted_by_source: 'workspace_default',
      model_strategy: 'direct',
      draw: null,
      order: [
        { provider_name: 'one', model: 'acme/large-1', reasons: ['price'] },
        { provider_name: 'three', reasons: ['price'] },
      ],
    })
    const { plan: free } = await explain(await ask({}, other.key))
    expect(free['routing']).toMatchObject({ sorted_by: 'balance', sorted_by_source: 'gateway_default' })
    const { plan: named } = await explain(await ask({ provider: { order: ['THREE'] } }, sorted.key))
    expect(named['routing']).toMatchObject({ sorted_by: 'order', sorted_by_source: 'request' })
    const { plan: variant } = await explain(await ask({ model: 'acme/large-1:nitro' }, sorted.key))
    expect(variant['routing']).toMatchObject({ sorted_by: 'throughput', sorted_by_source: 'variant' })
    await manageAt(gateway, 'PATCH', `workspaces/${sorted.id}`, { default_provider_sort: null })
    const { plan: unset } = await explain(await ask({}, sorted.key))
    expect(unset['routing']).toMatchObject({ sorted_by_source: 'gateway_default' })
  })

  test('its default model answers what names none, and the why says so', async () => {
    const place = await newPlace({ default_text_model: 'acme/small-1', default_provider_sort: 'price' })
    const answer = await ask({ model: undefined }, place.key)
    expect(answer).toMatchObject({ status: 200, model: 'acme/small-1', provider: 'one' })
    expect((await explain(answer)).plan).toMatchObject({ is_default_model: true })
    expect((await explain(await ask({}, place.key))).plan).toMatchObject({ is_default_model: false })
  })

  test('its default model for pictures answers what asks for one and names no model, and nothing else does', async () => {
    const place = await newPlace({ default_text_model: 'acme/small-1', default_image_model: 'acme/large-2' })
    const forPicture = { model: undefined, modalities: ['image', 'text'] }
    const answer = await ask(forPicture, place.key)
    expect(answer).toMatchObject({ status: 200, model: 'acme/large-2' })
    expect((await explain(answer)).plan).toMatchObject({ is_default_model: true })
    expect(await ask({ ...forPicture, model: 'acme/large-1' }, place.key)).toMatchObject({ model: 'acme/large-1' })
    expect(await ask({ model: undefined, modalities: ['text'] }, place.key)).toMatchObject({ model: 'acme/small-1' })
    await manageAt(gateway, 'PATCH', `workspaces/${place.id}`, { default_image_model: null })
    const refused = await ask(forPicture, place.key)
    expect(refused.status).toBe(400)
    expect(refused.message).toContain('model: required, because the workspace has no default model for pictures')
  })
})

test('workspace testing sorts by price, production by exacto: measured endpoints differ, and the why names the default', async () => {
  const model = 'acme/large-2'
  const testing = await newPlace({ default_provider_sort: 'price' })
  const production = await newPlace({ default_provider_sort: 'exacto' })
  one.forModel('large-2', { delayMs: 200 })
  for (const only of ['one', 'three'])
    for (let at = 0; at < 3; at += 1) await ask({ model, provider: { only: [only] } })
  const [cheap, good] = [await ask({ model }, testing.key), await ask({ model }, production.key)]
  expect([cheap.provider, good.provider]).toEqual(['one', 'three'])
  expect((await explain(cheap)).plan['routing']).toMatchObject({
    sorted_by: 'price',
    sorted_by_source: 'workspace_default',
  })
  expect((await explain(good)).plan['routing']).toMatchObject({
    sorted_by: 'exacto',
    sorted_by_source: 'workspace_default',
    order: [{ provider_name: 'three' }, { provider_name: 'one' }],
  })
  for (const fields of [{ model: `${model}:nitro` }, { model, provider: { sort: 'latency' } }])
    expect((await ask(fields, testing.key)).provider).toBe('three')
  const fast = { sort: 'price', preferred_max_latency: { p90: 0.15 } }
  expect((await ask({ model, provider: fast })).provider).toBe('three')
})

describe('names that stand for models', () => {
  test('the suffix :floor takes the cheapest, and the answer names the model without it', async () => {
    for (let at = 0; at < 10; at += 1) {
      expect(await ask({ model: 'acme/large-1:floor' })).toMatchObject({ model: 'acme/large-1', provider: 'one' })
    }
  })

  test('the suffix :online and one that there is not are refused by their names', async () => {
    const online = await ask({ model: 'acme/large-1:online' })
    expect([online.status, online.message]).toEqual([400, expect.stringContaining('plugin "web"')])
    const unknown = await ask({ model: 'acme/large-1:huge' })
    expect([unknown.status, unknown.message]).toEqual([400, 'acme/large-1:huge is not a valid model ID'])
  })

  test('the latest of a family is a concrete model', async () => {
    const answer = await askExplained({ model: '~acme/large-latest' })
    expect(answer).toMatchObject({
      status: 200,
      model: 'acme/large-2',
      metadata: { requested: '~acme/large-latest', strategy: 'latest' },
    })
  })

  test('the automatic choice is a concrete model among those that the caller allows, and never a built-in one', async () => {
    const auto = (plugin: object) =>
      askExplained({ model: 'openrouter/auto', plugins: [{ id: 'auto-router', ...plugin }] })
    expect(await auto({})).toMatchObject({ status: 200, metadata: { strategy: 'auto' } })
    expect((await auto({ cost_tier: 'low' })).model).toBe('acme/gift')
    expect((await auto({ allowed_models: ['acme/small-*'] })).model).toBe('acme/small-1')
    expect((await auto({ excluded_models: ['acme/*'] })).status).toBe(404)
    expect((await auto({ cost_tier: 'huge' })).message).toContain('plugins.0.cost_tier')
    expect(await askExplained({ model: 'openrouter/free' })).toMatchObject({
      model: 'acme/gift',
      metadata: { strategy: 'free' },
    })
  })

  test('no name gets round what a guardrail forbids, or a key may not call', async () => {
    const place = await newPlace()
    await manageAt(gateway, 'PATCH', `guardrails/${place.guardrail}`, { ignored_models: ['acme/large-2'] })
    expect((await ask({ model: 'acme/large-2:floor' }, place.key)).status).toBe(403)
    expect((await ask({ model: '~acme/large-latest' }, place.key)).model).toBe('acme/large-1')
    const scoped = await gateway.createKey({ type: 'scoped', allowed_models: ['acme/small-*'], rate_limit_rpm: 0 })
    expect((await ask({ model: 'acme/large-1:nitro' }, scoped)).status).toBe(404)
    expect((await ask({ model: '~acme/large-latest' }, scoped)).status).toBe(404)
    expect((await ask({ model: 'openrouter/free' }, scoped)).status).toBe(404)
    expect((await ask({ model: 'openrouter/auto' }, scoped)).model).toBe('acme/small-1')
  })
})

describe('presets', () => {
  async function putPreset(place: { id: string }, slug: string, fields: object): Promise<void> {
    await manageAt(gateway, 'POST', `presets/${slug}/chat/completions`, { workspace_id: place.id, ...fields })
  }

  test('a preset sets what the request does not, in its own workspace, from its newest version on', async () => {
    const place = await newPlace()
    const other = await newPlace()
    const messages = [{ role: 'system', content: 'Be brief.' }]
    const provider = { order: ['three'] }
    await putPreset(place, 'house', { model: 'acme/small-1', provider, temperature: 0.5, messages })
    expect(await ask({ model: '@preset/house' }, place.key)).toMatchObject({ model: 'acme/small-1', provider: 'three' })
    expect(three.requests.at(-1)?.body).toMatchObject({
      temperature: 0.5,
      messages: [...messages, { role: 'user', content: 'Hello' }],
    })
    const own = await ask({ model: 'acme/large-1@preset/house', provider: { order: ['one'] } }, place.key)
    expect(own).toMatchObject({ model: 'acme/large-1', provider: 'one' })
    expect(await ask({ preset: 'house', model: undefined }, place.key)).toMatchObject({ model: 'acme/small-1' })
    const responses = await gateway.call('POST', '/api/v1/responses', {
      key: place.key,
      body: { model: '@preset/house', input: 'Hello' },
    })
    expect(responses.body).toMatchObject({ model: 'acme/small-1', instructions: 'Be brief.' })
    expect(three.requests.at(-1)?.body).toMatchObject({ temperature: 0.5, messages: [{ content: 'Be brief.' }, {}] })
    await putPreset(place, 'house', { model: 'acme/large-2', messages })
    expect(await ask({ model: '@preset/house' }, place.key)).toMatchObject({ model: 'acme/large-2' })
    expect(await ask({ model: '@preset/house' }, other.key)).toMatchObject({
      status: 404,
      message: 'Preset "house" not found',
    })
    await manageAt(gateway, 'PATCH', 'presets/house', { workspace_id: place.id, status: 'disabled' })
    expect((await ask({ model: '@preset/house' }, place.key)).status).toBe(404)
  })

  test('what a preset names is restricted as what a request names, and large requests have theirs', async () => {
    const place = await newPlace()
    await putPreset(place, 'big', { model: 'acme/large-2', messages: [{ role: 'user', content: 'x' }] })
    const content = 'word '.repeat(300_000)
    const large = { model: '@preset/big', messages: [{ role: 'user', content }], provider: { sort: 'price' } }
    expect(await ask(large, place.key)).toMatchObject({ status: 200, model: 'acme/large-2' })
    await manageAt(gateway, 'PATCH', `guardrails/${place.guardrail}`, { ignored_models: ['acme/large-2'] })
    expect((await ask({ model: '@preset/big' }, place.key)).status).toBe(403)
  })
})

describe('conversations', () => {
  test('a session stays where it was answered', async () => {
    for (const name of ['one', 'three']) {
      const session = { session_id: `session at ${name}` }
      await ask({ ...session, provider: { only: [name] } })
      for (let at = 0; at < 15; at += 1) expect((await ask(session)).provider).toBe(name)
    }
  })

  test('without a name a conversation stays once the cache of a provider was seen to be used', async () => {
    const usageBody = (cached: number) => ({
      prompt_tokens: 20,
      completion_tokens: 1,
      total_tokens: 21,
      prompt_tokens_details: { cached_tokens: cached },
    })
    const messages = [{ role: 'user', content: 'How it begins' }]
    three.script({ usageBody: usageBody(10) })
    expect((await ask({ messages, provider: { only: ['three'] } })).provider).toBe('three')
    const later = [...messages, { role: 'assistant', content: 'Yes?' }, { role: 'user', content: 'Go on' }]
    for (let at = 0; at < 15; at += 1) expect((await ask({ messages: later })).provider).toBe('three')
  })
})

describe('a provider that keeps conversations at one of its servers', () => {
  const HEADER = 'x-grok-conv-id'
  const toldOf = async (fields: object, withKey = key, headers: Record<string, string> = {}) => {
    expect(await ask({ model: 'acme/grok', ...fields }, withKey, headers)).toMatchObject({ status: 200 })
    return three.requests.at(-1)
  }

  test('is told by an opaque id which one it is, of the body or the header, and of each workspace another', async () => {
    const told = async (...asked: Parameters<typeof toldOf>) => (await toldOf(...asked))?.headers[HEADER]
    const talk = await told({ session_id: 'talk of jane' })
    expect(talk).toMatch(/^[0-9a-f]{32}$/)
    expect(await told({ session_id: 'talk of jane', prompt_cache_key: 'k' })).toBe(talk)
    expect(await told({}, key, { 'x-session-id': 'talk of jane' })).toBe(talk)
    const others = [
      await told({ session_id: 'another' }),
      await told({ prompt_cache_key: 'talk of jane' }),
      await told({ session_id: 'talk of jane' }, (await newPlace()).key),
    ]
    expect(others).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)))
    expect(new Set([talk, ...others]).size).toBe(4)
  })

  test('hears neither the name of a session nor, where it has none, anything; and no other provider does', async () => {
    const named = await toldOf({ session_id: 'talk of jane', prompt_cache_key: 'k' })
    expect(JSON.stringify([named?.rawHeaders, named?.bodyText])).not.toMatch(/talk of jane|prompt_cache_key/)
    expect((await toldOf({}))?.headers).not.toHaveProperty(HEADER)
    const elsewhere = await toldOf({ model: 'acme/large-1', session_id: 'talk', provider: { only: ['three'] } })
    expect(elsewhere?.headers).not.toHaveProperty(HEADER)
  })
})

describe('fallback', () => {
  test('what the first provider fails at the second answers, as the second attempt', async () => {
    one.forModel('large-1', { status: 500 })
    const answer = await askExplained({ provider: { sort: 'price' } })
    expect(answer).toMatchObject({
      status: 200,
      provider: 'three',
      metadata: {
        strategy: 'direct',
        attempt: 2,
        attempts: [
          { provider: 'one', status: 500 },
          { provider: 'three', status: 200 },
        ],
      },
    })
  })

  test('models follow one another when no provider of the first one answers', async () => {
    one.forModel('large-1', { status: 503 })
    three.forModel('large-1', { status: 503 })
    const answer = await askExplained({ models: ['acme/small-1'] })
    expect(answer).toMatchObject({ status: 200, model: 'acme/small-1', metadata: { strategy: 'fallback', attempt: 3 } })
  })

  test('who forbids fallbacks gets the error of the first choice, and of an order all that it names', async () => {
    one.forModel('large-1', { status: 500 })
    const fields = { allow_fallbacks: false }
    expect((await ask({ provider: { ...fields, sort: 'price' } })).status).toBe(502)
    expect(three.requests).toHaveLength(0)
    expect(await ask({ provider: { ...fields, order: ['one', 'three'] } })).toMatchObject({ provider: 'three' })
  })

  test('a provider whose answers are too short is not the first for a long one', async () => {
    const small = { model: 'acme/small-1', provider: { sort: 'price' } }
    expect((await ask(small)).provider).toBe('one')
    expect((await ask({ ...small, max_tokens: 500 })).provider).toBe('three')
  })
})
