import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, nano, usageOf } from './chat-client.ts'

/*
 * Published models and prices are fetched and hold within an interval, unless something would be worse with them; the last good
 * ones hold over a restart, too, whatever is published then.
 */

const MODEL = 'openai/gpt-4o-mini'
const NEW_MODEL = 'openai/gpt-99'
const BUILT_IN = '0.00000015'

let publisher: Server
let publication: { status: number; body: string }
let upstream: ScriptedUpstream
let gateway: Gateway
let asked: number

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  publisher = createServer((_request, response) => {
    asked += 1
    response.writeHead(publication.status, { 'content-type': 'application/json' }).end(publication.body)
  })
  await new Promise<void>((resolve) => publisher.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await upstream.close()
  publisher.close()
})

beforeEach(async () => {
  asked = 0
  publication = { status: 503, body: '' }
  gateway = await startGateway({
    env: {
      SWITCHYARD_CATALOGUE_URL: `http://127.0.0.1:${(publisher.address() as AddressInfo).port}/models.json`,
      SWITCHYARD_CATALOGUE_REFRESH_SECONDS: '1',
      SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.baseUrl,
    },
  })
})
afterEach(() => gateway?.stop())

const model = (id: string, pricing: object, more: object = {}) => ({ id, context_length: 128_000, pricing, ...more })

function publish(...models: object[]): void {
  publication = { status: 200, body: JSON.stringify({ providers: [{ slug: 'openai', models }] }) }
}

async function promptPrice(id = MODEL): Promise<unknown> {
  const { body } = await gateway.call('GET', `/api/v1/model/${id}`)
  return (body as { data?: { pricing: { prompt: string } } }).data?.pricing.prompt
}

async function degraded(): Promise<unknown> {
  return ((await gateway.call('GET', '/readyz', { key: null })).body as { degraded?: unknown }).degraded
}

/** Until what is published now has been looked at. */
async function waitForLook(): Promise<void> {
  const before = asked
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before + 1)
}

const DOUBLED = { prompt: '0.0000003', completion: '0.0000012' }

test('what is published is charged from then on, worse is refused and told, and the last good one holds after a restart', async () => {
  await expect.poll(degraded, { timeout: 10_000 }).toEqual(['catalogue'])
  expect(await promptPrice()).toBe(BUILT_IN)

  const long = { ...DOUBLED, overrides: [{ min_prompt_tokens: 1, prompt: '0.000001' }] }
  publish(model(MODEL, long), model(NEW_MODEL, DOUBLED), model('x/y', DOUBLED))
  await expect.poll(() => promptPrice(), { timeout: 10_000 }).toBe(DOUBLED.prompt)
  await expect.poll(degraded, { timeout: 10_000 }).toBeUndefined()
  expect(await promptPrice(NEW_MODEL)).toBe(DOUBLED.prompt)
  expect(await promptPrice('openai/gpt-4o')).toBe('0.0000025')

  const key = await gateway.createKey()
  const usage = usageOf(await chat(gateway, key, { model: MODEL, max_tokens: 5 }))
  expect(usage.prompt_tokens).toBeGreaterThan(1)
  expect(nano(usage.cost)).toBe(BigInt(usage.prompt_tokens * 1_000 + usage.completion_tokens * 1_200))
  expect(upstream.requests.at(-1)?.model).toBe('gpt-4o-mini')

  for (const worse of [
    [model(MODEL, long)],
    [model(MODEL, { ...long, prompt: '0' }), model(NEW_MODEL, DOUBLED), model('x/y', DOUBLED)],
    [model(MODEL, { prompt: '-1', completion: '0' })],
    [model(MODEL, DOUBLED), model(NEW_MODEL, DOUBLED), model('x/y', DOUBLED)],
    [
      model(MODEL, long),
      model(NEW_MODEL, DOUBLED),
      model('x/y', DOUBLED),
      { id: 'openai/gpt-4o', context_length: 9, free: true },
    ],
  ]) {
    publish(...worse)
    await waitForLook()
    expect(await degraded()).toEqual(['catalogue'])
    expect([await promptPrice(), await promptPrice(NEW_MODEL)]).toEqual([DOUBLED.prompt, DOUBLED.prompt])
  }
  const told = gateway.stdout.filter((line) => line.includes('catalogue_refresh_failed')).join('\n')
  expect(told).toContain('provider openai, model openai/gpt-99: is gone')
  expect(told).toContain('the price prompt has become nothing')
  expect(told).toContain('dearer prices for some inputs or hours are gone')
  expect(told).toContain('provider openai, model openai/gpt-4o: the price completion has become nothing')
  expect(told).toContain('must not be negative')

  await gateway.restart()
  expect([await promptPrice(), await promptPrice(NEW_MODEL)]).toEqual([DOUBLED.prompt, DOUBLED.prompt])
  publish(model(MODEL, long), model(NEW_MODEL, DOUBLED), model('x/y', DOUBLED), model('x/z', DOUBLED))
  await expect.poll(() => promptPrice('x/z'), { timeout: 10_000 }).toBe(DOUBLED.prompt)
  await expect.poll(degraded, { timeout: 10_000 }).toBeUndefined()
})

test('a publication about providers that are not switched on changes nothing, and brings no address of its own', async () => {
  publication = {
    status: 200,
    body: JSON.stringify({ providers: [{ slug: 'elsewhere', models: [model('elsewhere/m', DOUBLED)] }] }),
  }
  await waitForLook()
  await expect.poll(degraded, { timeout: 10_000 }).toBeUndefined()
  expect(await promptPrice('elsewhere/m')).toBeUndefined()
  const entry = { slug: 'openai', base_url: 'http://169.254.169.254', models: [model(MODEL, DOUBLED)] }
  publication = { status: 200, body: JSON.stringify({ providers: [entry] }) }
  await waitForLook()
  expect(await degraded()).toEqual(['catalogue'])
  expect(await promptPrice()).toBe(BUILT_IN)
})
