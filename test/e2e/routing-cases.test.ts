import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData, usageOf } from './chat-client.ts'
import { manageAt } from './manage.ts'

/*
 * The cases 14 to 20 of the list of behaviours that any gateway of this kind is held to (`docs/routing.md`), seen from outside: two
 * providers run the same models, `quick` for more than `cheap`.
 */

const MODEL = 'acme/large-1'
const METADATA = { 'X-OpenRouter-Metadata': 'enabled' }

let cheap: ScriptedUpstream
let quick: ScriptedUpstream
let gateway: Gateway
let key: string
let made = 0

beforeAll(async () => {
  cheap = await startScriptedUpstream()
  quick = await startScriptedUpstream()
  const reasoning = { mandatory: true, supported_efforts: ['low', 'high'], default_enabled: true }
  const models = (prompt: string) =>
    [MODEL, 'acme/failing-1', 'acme/cut-1', 'acme/thinker-2'].map((id) => ({
      id,
      pricing: { prompt, completion: prompt },
      context_length: 8_000,
      ...(id === 'acme/thinker-2' && { reasoning }),
    }))
  const provider = (slug: string, { baseUrl }: ScriptedUpstream, price: string) => ({
    slug,
    dialect: 'openai-chat',
    base_url: baseUrl,
    api_key: `secret-of-${slug}`,
    models: models(price),
  })
  const config = { providers: [provider('cheap', cheap, '0.000001'), provider('quick', quick, '0.000003')] }
  gateway = await startGateway({ config, env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32' } })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
beforeEach(() => {
  cheap.reset()
  quick.reset()
})
afterAll(async () => {
  await gateway?.stop()
  await cheap?.close()
  await quick?.close()
})

async function newPlace(fields: object = {}): Promise<{ id: string; key: string }> {
  made += 1
  const { id } = await manageAt(gateway, 'POST', 'workspaces', { name: 'Place', slug: `place-${made}`, ...fields })
  return { id: String(id), key: await gateway.createKey({ workspace_id: id, rate_limit_rpm: 0 }) }
}

async function ask(fields: object, secret = key, headers: Record<string, string> = METADATA) {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 5, ...fields }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key: secret, body, headers })
  return { status: answer.status, headers: answer.headers, wire: answer.body as Record<string, unknown> }
}

/** The first endpoint that was tried. */
const firstOf = ({ wire }: Awaited<ReturnType<typeof ask>>) => wire['provider']

test('case 14: a workspace that sorts by throughput has other first endpoints, by what was measured; requests and other workspaces have their own', async () => {
  const [fast, slow, plain] = [
    await newPlace({ default_provider_sort: 'throughput' }),
    await newPlace({ default_provider_sort: 'price' }),
    await newPlace({ default_provider_sort: 'latency' }),
  ]
  cheap.forModel('large-1', { delayMs: 60, chunkDelayMs: 30 })
  for (const only of ['cheap', 'quick'])
    for (let at = 0; at < 3; at += 1)
      await chat(gateway, key, { model: MODEL, stream: true, provider: { only: [only] } })
  const all = async (fields: object) => [
    firstOf(await ask(fields, fast.key)),
    firstOf(await ask(fields, slow.key)),
    firstOf(await ask(fields, plain.key)),
  ]
  expect(await all({})).toEqual(['quick', 'cheap', 'quick'])
  expect(await all({ provider: { sort: 'price' } })).toEqual(['cheap', 'cheap', 'cheap'])
  expect(await all({ provider: { order: ['cheap'] } })).toEqual(['cheap', 'cheap', 'cheap'])
  expect(await all({ provider: { sort: 'latency' } })).toEqual(['quick', 'quick', 'quick'])
})

test('case 15: what fails before a token is served by the second; what fails after one ends the stream with an error', async () => {
  cheap.forModel('failing-1', { status: 500 })
  const served = await ask({ model: 'acme/failing-1', provider: { sort: 'price' } })
  expect([served.status, firstOf(served)]).toEqual([200, 'quick'])
  expect(served.wire['openrouter_metadata']).toMatchObject({ attempt: 2 })
  cheap.forModel('cut-1', { fault: 'half-close' })
  const cut = await chat(gateway, key, { model: 'acme/cut-1', stream: true, provider: { sort: 'price' } })
  expect(cut.status).toBe(200)
  const last = cut.events.findLast((event) => 'error' in event)
  expect(last).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] })
  expect(quick.requests).toHaveLength(1)
})

test('what a provider itself calls an error, and is empty, is served by the second', async () => {
  cheap.forModel('failing-1', { finishReason: 'error', message: { content: '' } })
  const instead = await ask({ model: 'acme/failing-1', provider: { sort: 'price' } })
  expect([instead.status, firstOf(instead)]).toEqual([200, 'quick'])
})

test('case 16: cost, generation, key and credits say the same, and the generation is of the key’s workspace', async () => {
  const place = await newPlace()
  const creditsUsed = async () => Number((await readData(gateway, '/api/v1/credits'))['total_usage'])
  const used = async () => Number((await readData(gateway, '/api/v1/key', place.key))['usage'])
  const before = await creditsUsed()
  const answer = await chat(gateway, place.key, { model: MODEL })
  const { cost } = usageOf(answer)
  const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, place.key)
  expect(generation).toMatchObject({ usage: cost, total_cost: cost, workspace_id: place.id })
  await expect.poll(used).toBeCloseTo(cost, 9)
  await expect.poll(async () => (await creditsUsed()) - before).toBeCloseTo(cost, 9)
})

test.each([false, true])(
  'case 17: spend on an own credential moves limit_remaining exactly when asked for: %s',
  async (include) => {
    const place = await newPlace()
    const { baseUrl } = cheap
    await manageAt(gateway, 'POST', 'byok', {
      provider: 'cheap',
      key: 'sk-own-0123456789abcdefgh',
      workspace_id: place.id,
      base_url: baseUrl,
      is_required: true,
    })
    const own = await gateway.createKey({ workspace_id: place.id, limit: 1, include_byok_in_limit: include })
    const answer = await chat(gateway, own, { model: MODEL, provider: { only: ['cheap'] } })
    expect(usageOf(answer)).toMatchObject({ is_byok: true, cost: 0 })
    const read = () => readData(gateway, '/api/v1/key', own)
    await expect.poll(async () => Number((await read())['byok_usage'])).toBeGreaterThan(0)
    const { byok_usage, limit_remaining } = await read()
    expect(Number(limit_remaining)).toBeCloseTo(include ? 1 - Number(byok_usage) : 1, 9)
  },
)

test('case 18: an answer from the cache used nothing, has a new id and names the first; another key has none', async () => {
  const headers = { 'X-OpenRouter-Cache': 'true' }
  const [first, second] = [await ask({}, key, headers), await ask({}, key, headers)]
  expect(second.headers.get('x-openrouter-cache-status')).toBe('HIT')
  expect(second.headers.get('x-openrouter-cache-source-id')).toBe(first.headers.get('x-generation-id'))
  expect(second.wire['id']).not.toBe(first.wire['id'])
  expect(second.wire['usage']).toMatchObject({ prompt_tokens: 0, completion_tokens: 0, cost: 0 })
  const other = await ask({}, await gateway.createKey(), headers)
  expect(other.headers.get('x-openrouter-cache-status')).toBe('MISS')
})

test('case 19: who does not ask for router metadata gets no such key', async () => {
  expect((await ask({}, key, {})).wire).not.toHaveProperty('openrouter_metadata')
  expect((await ask({}, key)).wire).toHaveProperty('openrouter_metadata')
  const stream = await chat(gateway, key, { model: MODEL, stream: true })
  expect(stream.events.some((event) => 'openrouter_metadata' in event)).toBe(false)
})

test('case 20: /models/user of a restricted key lists only what a call accepts', async () => {
  const scoped = await gateway.createKey({ type: 'scoped', allowed_models: ['acme/large-*'] })
  const { body } = await gateway.call('GET', '/api/v1/models/user', { key: scoped })
  const listed = (body as { data: { id: string }[] }).data.map(({ id }) => id)
  expect(listed).toContain(MODEL)
  for (const model of [MODEL, 'acme/cut-1', 'acme/failing-1', 'acme/thinker-2'])
    expect((await ask({ model }, scoped)).status === 200).toBe(listed.includes(model))
})

test('reasoning that a family’s newest cannot do without is least where it is turned off; the model by its name refuses', async () => {
  for (const off of [{ reasoning: { enabled: false } }, { reasoning_effort: 'none' }]) {
    const answer = await ask({ model: '~acme/thinker-latest', provider: { only: ['quick'] }, ...off })
    expect([answer.status, answer.wire['model']]).toEqual([200, 'acme/thinker-2'])
    expect(quick.requests.at(-1)?.body).toMatchObject({ reasoning_effort: 'low' })
    const refused = await ask({ model: 'acme/thinker-2', ...off })
    expect([refused.status, JSON.stringify(refused.wire)]).toEqual([
      400,
      expect.stringContaining('cannot be turned off'),
    ])
  }
})
