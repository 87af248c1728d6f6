import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData, usageOf } from './chat-client.ts'

/*
 * Service tiers on real requests: `alpha` serves a model as usual for a dollar per million tokens, later for half of that and before
 * others for twice as much; `beta` only as usual, for more. Each answer has 3 tokens of input and 2 of output, which cost nothing.
 */

const WORDS = { max_tokens: 2, messages: [{ role: 'user', content: 'one two three' }] }
const PRICE = 0.000001

let alpha: ScriptedUpstream
let beta: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  alpha = await startScriptedUpstream()
  beta = await startScriptedUpstream()
  const model = (prompt: string, more: object = {}) => ({
    id: 'acme/large',
    pricing: { prompt, completion: '0' },
    context_length: 8_000,
    ...more,
  })
  const service_tiers = { flex: { prompt: '0.0000005' }, priority: { prompt: '0.000002' } }
  const provider = (slug: string, { baseUrl }: ScriptedUpstream, models: object[]) => ({
    slug,
    dialect: 'openai-chat',
    base_url: baseUrl,
    api_key: `secret-of-${slug}`,
    models,
  })
  const config = {
    providers: [
      provider('alpha', alpha, [model('0.000001', { service_tiers })]),
      provider('beta', beta, [model('0.000003')]),
    ],
  }
  gateway = await startGateway({ config })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
beforeEach(() => {
  alpha.reset()
  beta.reset()
})
afterAll(async () => {
  await gateway?.stop()
  await alpha?.close()
  await beta?.close()
})

const ask = (fields: Record<string, unknown> = {}) => chat(gateway, key, { model: 'acme/large', ...WORDS, ...fields })
/** The tiers that the requests to a provider asked for. */
const tiersAt = ({ requests }: ScriptedUpstream) =>
  requests.map(({ body }) => (body as Record<string, unknown>)['service_tier'])
const floor = { model: 'acme/large:floor' }

test.each<[string, string | undefined, [tokens: number, tier: string], object]>([
  ['as asked for', 'flex', [1.5, 'flex'], { service_tier: 'flex' }],
  ['as asked for', 'priority', [6, 'priority'], { service_tier: 'fast' }],
  ['as usual, when the provider says so', 'default', [3, 'default'], { service_tier: 'priority' }],
  ['as asked for, when the provider says nothing', undefined, [6, 'priority'], { service_tier: 'priority' }],
  ['later, with :floor', 'flex', [1.5, 'flex'], floor],
  ['by its full name', 'priority', [6, 'priority'], { provider: { only: ['alpha/priority'] } }],
])(
  'what is served %s (%s) is charged so, and told in the answer and on record',
  async (_name, told, [tokens, tier], fields) => {
    for (const stream of [false, true]) {
      alpha.script({ ...(told !== undefined && { serviceTier: told }) })
      const answer = await ask({ ...fields, stream })
      expect(usageOf(answer).cost).toBeCloseTo(tokens * PRICE, 12)
      const wire = answer.json ?? answer.events.at(-1)
      expect(wire?.['service_tier']).toBe(tier)
      const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
      expect(generation).toMatchObject({ service_tier: tier, provider_responses: [{ status: 200 }] })
      expect(generation['total_cost']).toBeCloseTo(tokens * PRICE, 12)
      const { price } = await readData(gateway, `/api/v1/generation/explanation?id=${idOf(answer)}`)
      expect(price).toMatchObject({ components: [{ name: 'prompt', quantity: 3 }, { name: 'completion' }] })
    }
    const asked = 'service_tier' in fields && fields.service_tier !== 'flex' ? 'priority' : tier
    expect(tiersAt(alpha)).toEqual([asked, asked])
  },
)

test('what nobody asked for is asked of no provider, and what costs otherwise not of one that has no price for it', async () => {
  await ask()
  await ask({ service_tier: 'auto' })
  await ask({ service_tier: 'priority', provider: { only: ['beta'] } })
  await ask({ service_tier: 'flex', provider: { only: ['alpha'] } })
  expect([tiersAt(alpha), tiersAt(beta)]).toEqual([expect.arrayContaining([undefined]), expect.any(Array)])
  const all = [...tiersAt(alpha), ...tiersAt(beta)]
  expect(all).not.toContain('priority')
  expect(all).not.toContain('flex')
})

test('priority falls back to what is usual, flex to nothing', async () => {
  alpha.script({ status: 503 })
  const answer = await ask({ service_tier: 'priority' })
  expect(answer.status).toBe(200)
  const { provider_responses } = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
  const [first, second] = provider_responses as Record<string, unknown>[]
  expect(first).toMatchObject({ status: 503, routed_service_tier: 'priority' })
  expect(second).not.toHaveProperty('routed_service_tier')
  alpha.reset()
  alpha.script({ status: 503 })
  expect((await ask({ service_tier: 'flex' })).status).toBe(503)
  expect(tiersAt(alpha)).toEqual(['flex'])
})

test('the endpoints of a model list its tiers with their prices, and a tier that there is not is refused by its name', async () => {
  const { endpoints } = await readData(gateway, '/api/v1/models/acme/large/endpoints')
  const listed = (endpoints as { tag: string; pricing: { prompt: string } }[]).map(({ tag, pricing }) => [
    tag,
    pricing.prompt,
  ])
  expect(listed).toEqual([
    ['alpha', '0.000001'],
    ['beta', '0.000003'],
    ['alpha/priority', '0.000002'],
    ['alpha/flex', '0.0000005'],
  ])
  const refused = await ask({ service_tier: 'soonest' })
  expect([refused.status, JSON.stringify(refused.json)]).toEqual([400, expect.stringContaining('service_tier')])
})

test('a conversation by responses and messages asks for tiers too, and hears which it was', async () => {
  for (const [path, body] of [
    ['responses', { input: 'one two three', service_tier: 'flex' }],
    ['messages', { ...WORDS, service_tier: 'flex' }],
  ] as const) {
    alpha.script({ serviceTier: 'flex' })
    const { status, body: answer } = await gateway.call('POST', `/api/v1/${path}`, {
      key,
      body: { model: 'acme/large', ...body },
    })
    expect(status).toBe(200)
    const { service_tier, usage } = answer as { service_tier?: string; usage: { service_tier?: string } }
    expect(service_tier ?? usage.service_tier).toBe('flex')
  }
  expect(tiersAt(alpha)).toEqual(['flex', 'flex'])
})
