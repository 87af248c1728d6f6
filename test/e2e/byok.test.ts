import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import type { ReplyPlan } from '../harness/reply-plan.ts'
import { type RecordedRequest, type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/*
 * Customers' own credentials on real requests. A request of `alpha/flat` costs 0.01 dollars; one upstream serves all credentials, and
 * tells by which each request came.
 */

const FLAT = { model: 'alpha/flat' }
const OWN = 'sk-own-0123456789abcdefgh'
const SHARED = 'secret-of-alpha'
/** What the upstream answers to each credential; the empty plan is a right answer. */
const plans = new Map<string, ReplyPlan>()

let upstream: ScriptedUpstream
let gateway: Gateway
let workspace: string
let made = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream((request: RecordedRequest) => plans.get(credentialOf(request)) ?? {})
  const env = { SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32' }
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})
beforeEach(async () => {
  made += 1
  const fields = { name: 'Brings keys', slug: `brings-keys-${made}` }
  workspace = String((await manage('POST', 'workspaces', fields))['id'])
})
afterEach(() => {
  plans.clear()
  upstream.reset()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)
const credentialOf = ({ headers }: RecordedRequest) => String(headers.authorization).replace('Bearer ', '')
/** By which credentials the requests came so far. */
const used = () => upstream.requests.map(credentialOf)
const newKey = (fields: object = {}) => gateway.createKey({ workspace_id: workspace, ...fields })

async function bring(key: string, fields: object = {}): Promise<string> {
  return String((await manage('POST', 'byok', { provider: 'alpha', key, workspace_id: workspace, ...fields }))['id'])
}

/** In what a key is said to have spent when all of it is there: credits and on own credentials, in requests of 0.01. */
async function spent(key: string, requests: number): Promise<{ credits: number; own: number }> {
  const read = async () => {
    const { usage, byok_usage } = await readData(gateway, '/api/v1/key', key)
    return { credits: Math.round(Number(usage) / FLAT_PRICE_USD), own: Math.round(Number(byok_usage) / FLAT_PRICE_USD) }
  }
  const total = async () => {
    const { credits, own } = await read()
    return credits + own
  }
  await expect.poll(total, { timeout: 5_000 }).toBe(requests)
  return await read()
}

const statusesOf = (answers: readonly ChatAnswer[]) => answers.map(({ status }) => status)
const isByokIn = (answer: ChatAnswer) => (usageOf(answer) as { is_byok?: boolean }).is_byok

test.each([false, true])(
  "a request runs on its workspace's credential, costs no credits and says so (stream: %s)",
  async (stream) => {
    await bring(OWN)
    const key = await newKey()
    const answer = await chat(gateway, key, { ...FLAT, stream })
    expect(usageOf(answer)).toMatchObject({
      cost: 0,
      is_byok: true,
      cost_details: {
        upstream_inference_cost: FLAT_PRICE_USD,
        upstream_inference_prompt_cost: FLAT_PRICE_USD,
        upstream_inference_completions_cost: 0,
      },
    })
    expect(used()).toEqual([OWN])
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
    expect(generation).toMatchObject({
      is_byok: true,
      total_cost: 0,
      usage: 0,
      upstream_inference_cost: FLAT_PRICE_USD,
      provider_responses: [{ is_byok: true, status: 200 }],
    })
    expect(await spent(key, 1)).toEqual({ credits: 0, own: 1 })
    const elsewhere = await gateway.createKey()
    expect(isByokIn(await chat(gateway, elsewhere, { ...FLAT, stream }))).toBe(false)
    expect(used()).toEqual([OWN, SHARED])
    expect(await spent(elsewhere, 1)).toEqual({ credits: 1, own: 0 })
  },
)

test.each<[string, (string | object)[][], string[], string[]]>([
  ['own ones come first and in their order', [['b'], ['a', { name: 'second' }]], ['b', 'a'], []],
  ['fallbacks come last', [['z', { is_fallback: true }]], [SHARED, 'z'], []],
  ['what is required has nothing behind it', [['a', { is_required: true }]], ['a'], [SHARED]],
  ['for another model it is not there', [['a', { is_required: true, allowed_models: ['beta/*'] }]], [SHARED], ['a']],
  [
    'alone it leaves nothing to other models',
    [['a', { is_byok_only: true, allowed_models: ['beta/*'] }]],
    [],
    [SHARED],
  ],
  ['a disabled one is not used', [['a', { disabled: true, is_required: true }]], [SHARED], ['a']],
])('%s', async (_name, brought, expected, never) => {
  for (const secret of ['a', 'b', 'z', SHARED]) plans.set(secret, { status: 500 })
  for (const [secret, fields] of brought) await bring(String(secret), fields as object)
  const { status } = await chat(gateway, await newKey(), FLAT)
  expect(status).toBe(expected.length === 0 ? 404 : 502)
  expect(used().slice(0, expected.length)).toEqual(expected)
  for (const secret of never) expect(used()).not.toContain(secret)
})

test('it is for the keys and the owners of keys that it names, and others have what everybody has', async () => {
  const named = await newKey()
  const other = await newKey()
  const { data } = (await gateway.call('GET', '/api/v1/key', { key: named })).body as { data: { hash?: string } }
  const list = (await gateway.call('GET', `/api/v1/keys?workspace_id=${workspace}`)).body as {
    data: { hash: string }[]
  }
  const hashOf = async (secret: string) => {
    const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
    return Buffer.from(bytes).toString('hex')
  }
  const hash = data.hash ?? (await hashOf(named))
  expect(list.data.map((one) => one.hash)).toContain(hash)
  await bring(OWN, { allowed_api_key_hashes: [hash], is_byok_only: true })
  for (const key of [named, other]) await chat(gateway, key, FLAT)
  expect(used()).toEqual([OWN, SHARED])
})

test('one of the organization is for all workspaces, behind those of their own', async () => {
  const id = await bring('of-all', { workspace_id: null })
  const key = await newKey()
  const elsewhere = await gateway.createKey()
  await chat(gateway, key, FLAT)
  await chat(gateway, elsewhere, FLAT)
  await bring(OWN)
  await chat(gateway, key, FLAT)
  expect(used()).toEqual(['of-all', 'of-all', OWN])
  await manage('DELETE', `byok/${id}`)
})

test('what is changed, switched off or deleted is felt by the next request, and a restart finds it again', async () => {
  const id = await bring(OWN)
  const key = await newKey()
  const ask = async () => {
    await chat(gateway, key, FLAT)
    return used().at(-1)
  }
  expect(await ask()).toBe(OWN)
  await manage('PATCH', `byok/${id}`, { key: 'sk-own-rotated-0123456789' })
  expect(await ask()).toBe('sk-own-rotated-0123456789')
  await gateway.restart()
  expect(await ask()).toBe('sk-own-rotated-0123456789')
  await manage('PATCH', `byok/${id}`, { disabled: true })
  expect(await ask()).toBe(SHARED)
  await manage('PATCH', `byok/${id}`, { disabled: false })
  expect(await ask()).toBe('sk-own-rotated-0123456789')
  await manage('DELETE', `byok/${id}`)
  expect(await ask()).toBe(SHARED)
  const told = [...gateway.stdout, ...gateway.stderr].join()
  for (const secret of [OWN, 'sk-own-rotated-0123456789']) expect(told).not.toContain(secret)
})

test.each([false, true])(
  'M13 counts on the limit of a key exactly when it says so: %s',
  async (include_byok_in_limit) => {
    await bring(OWN)
    const key = await newKey({ limit: 3 * FLAT_PRICE_USD, include_byok_in_limit, rate_limit_rpm: 0 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => chat(gateway, key, FLAT)))
    const served = include_byok_in_limit ? 3 : 8
    expect(statusesOf(answers).toSorted()).toEqual([...Array(served).fill(200), ...Array(8 - served).fill(402)])
    expect(await spent(key, served)).toEqual({ credits: 0, own: served })
    const { limit_remaining } = await readData(gateway, '/api/v1/key', key)
    expect(nano(limit_remaining)).toBe(include_byok_in_limit ? 0n : nano(3 * FLAT_PRICE_USD))
  },
)

test.each([false, true])('M13 counts on budgets of the workspace exactly when they say so: %s', async (include) => {
  await bring(OWN)

  await manage('PUT', `workspaces/${workspace}/budgets/monthly`, {
    limit_usd: 2 * FLAT_PRICE_USD,
    include_byok_in_budgets: include,
  })
  const key = await newKey({ rate_limit_rpm: 0 })
  const statuses: number[] = []
  for (let count = 0; count < 4; count += 1) statuses.push((await chat(gateway, key, FLAT)).status)
  expect(statuses).toEqual(include ? [200, 200, 403, 403] : [200, 200, 200, 200])
})

test.each([false, true])(
  'a request that falls back to the shared capacity is charged with credits, once, and on its own limits (stream: %s)',
  async (stream) => {
    await bring(OWN)
    plans.set(OWN, { status: 429 })
    const key = await newKey({ limit: 2 * FLAT_PRICE_USD })
    const answer = await chat(gateway, key, { ...FLAT, stream })
    expect(usageOf(answer)).toMatchObject({ cost: FLAT_PRICE_USD, is_byok: false })
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
    expect(generation).toMatchObject({ is_byok: false, total_cost: FLAT_PRICE_USD })
    expect(generation['provider_responses']).toMatchObject([{ is_byok: true, status: 429 }, { is_byok: false }])
    expect((await chat(gateway, key, { ...FLAT, stream })).status).toBe(200)
    expect(await spent(key, 2)).toEqual({ credits: 2, own: 0 })
    // There are no credits left to fall back with: what the provider said is the answer, and nothing goes to the shared one.
    const before = upstream.requests.length
    expect((await chat(gateway, key, { ...FLAT, stream })).status).toBe(429)
    expect(used().slice(before)).toEqual([OWN])
    plans.delete(OWN)
    expect(isByokIn(await chat(gateway, key, { ...FLAT, stream }))).toBe(true)
    expect(await spent(key, 3)).toEqual({ credits: 2, own: 1 })
  },
)

test('a fallback of the own credentials takes over from the shared capacity, also where there are no credits for it', async () => {
  await bring(OWN, { is_fallback: true })
  const [key, poor] = [await newKey(), await newKey({ limit: 0 })]
  expect(isByokIn(await chat(gateway, key, FLAT))).toBe(false)
  plans.set(SHARED, { status: 503 })
  expect(isByokIn(await chat(gateway, key, FLAT))).toBe(true)
  expect(await spent(key, 2)).toEqual({ credits: 1, own: 1 })
  upstream.reset()
  expect(isByokIn(await chat(gateway, poor, FLAT))).toBe(true)
  expect(used()).toEqual([OWN])
})

test('a limit over both kinds is met exactly by many at once that fall back now and then, and none is refused while money remains', async () => {
  await bring(OWN)
  const key = await newKey({ limit: 10 * FLAT_PRICE_USD, include_byok_in_limit: true, rate_limit_rpm: 0 })
  for (let count = 0; count < 12; count += 1) upstream.script(count % 2 === 0 ? { status: 500 } : {})
  const answers = await Promise.all(Array.from({ length: 25 }, () => chat(gateway, key, FLAT)))
  const served = answers.filter(({ status }) => status === 200)
  expect(served.length).toBe(10)
  const { credits, own } = await spent(key, 10)
  expect([credits, own]).toEqual([
    served.filter((answer) => isByokIn(answer) === false).length,
    served.filter((answer) => isByokIn(answer) === true).length,
  ])
  expect((await chat(gateway, key, FLAT)).status).toBe(402)
})

test('what a process was doing when it died is charged as the kind that ran, and once', async () => {
  await bring(OWN)
  const [onOwn, onShared] = [await newKey(), await newKey()]
  const hang: ReplyPlan = { fault: 'hang-before-headers' }
  plans.set(OWN, hang)
  const first = chat(gateway, onOwn, FLAT).catch(() => undefined)
  await upstream.waitUntil('the first is there', () => upstream.requests.length === 1)
  plans.set(OWN, { status: 500 })
  plans.set(SHARED, hang)
  const second = chat(gateway, onShared, FLAT).catch(() => undefined)
  await upstream.waitUntil('the second has fallen back', () => used().includes(SHARED))
  await gateway.kill9()
  await Promise.all([first, second])
  await gateway.restart()
  expect(await spent(onOwn, 1)).toEqual({ credits: 0, own: 1 })
  expect(await spent(onShared, 1)).toEqual({ credits: 1, own: 0 })
})

test('one with an address of its own is sent there, and nowhere else', async () => {
  await using elsewhere = await startScriptedUpstream()
  await bring(OWN, { base_url: elsewhere.baseUrl })
  const key = await newKey()
  expect(isByokIn(await chat(gateway, key, FLAT))).toBe(true)
  expect(elsewhere.requests.map(credentialOf)).toEqual([OWN])
  elsewhere.script({ status: 500 })
  expect(isByokIn(await chat(gateway, key, FLAT))).toBe(false)
  expect(used()).toEqual([SHARED])
  expect(elsewhere.requests.map(credentialOf)).toEqual([OWN, OWN])
})

test('who asks for it is told of the credential in the metadata of the router', async () => {
  await bring(OWN)
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await newKey()}`,
      'content-type': 'application/json',
      'x-openrouter-metadata': 'enabled',
    },
    body: JSON.stringify({ ...FLAT, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(await response.json()).toMatchObject({ openrouter_metadata: { is_byok: true, attempt: 1 } })
})

test('one that does not open any more is told of, and what it requires stays so', async () => {
  const id = await bring(OWN, { is_required: true })
  const key = await newKey()
  await withDatabase(gateway, ({ kysely }) =>
    kysely.updateTable('byok_key').set({ sealed_key: 'AAAA' }).where('id', '=', id).execute(),
  )
  expect((await chat(gateway, key, FLAT)).status).toBe(404)
  expect(upstream.requests).toEqual([])
  expect(gateway.stdout.filter((line) => line.includes('byok_key_left_out')).join()).toContain(id)
})

test('a credential that says that nothing is kept serves requests under zero data retention, and no other does', async () => {
  const key = await newKey()
  const zdr = { ...FLAT, provider: { zdr: true } }
  expect((await chat(gateway, key, zdr)).status).toBe(404)
  const id = await bring(OWN)
  expect((await chat(gateway, key, zdr)).status).toBe(404)
  await manage('PATCH', `byok/${id}`, { declared_zdr: true })
  expect(isByokIn(await chat(gateway, key, zdr))).toBe(true)
  await manage('PATCH', `byok/${id}`, { declared_zdr: false })
  expect((await chat(gateway, key, zdr)).status).toBe(404)
  expect(used()).toEqual([OWN])
})
