import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { nano, readData } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { type Sent, sendIdempotent } from './send-idempotent.ts'
import { rowTexts, withDatabase } from './stored-data.ts'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const data_policy = { training: false, retains_prompts: false }
  const providers = oneProvider(upstream.baseUrl).providers.map((provider) => ({
    ...(provider as object),
    data_policy,
  }))
  gateway = await startGateway({ config: { providers }, env: { SWITCHYARD_SNAPSHOT_SECONDS: '5' } })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

function send(key: string, idempotencyKey: string, fields?: Record<string, unknown>): Promise<Sent> {
  return sendIdempotent(gateway, key, idempotencyKey, fields)
}

async function spentBy(key: string): Promise<bigint> {
  return nano((await readData(gateway, '/api/v1/key', key))['usage'])
}

/** Posted soon after the answer. */
async function expectSpent(key: string, nanoUsd: bigint): Promise<void> {
  await expect.poll(() => spentBy(key), { timeout: 10_000 }).toBe(nanoUsd)
}

/** How often the provider was asked while `work` was done. */
async function callsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = upstream.requests.length
  await work()
  return upstream.requests.length - before
}

/** A gate for the scripted upstream. */
function newGate(): { gate: Promise<void>; open: () => void } {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  return { gate, open }
}

function costOf(text: string): bigint {
  return nano((JSON.parse(text) as { usage: { cost: number } }).usage.cost)
}

test.each([false, true])(
  'M8 one key and body 50 times at once (stream: %s): one upstream call, one charge, one generation, the same bytes for all',
  async (stream) => {
    const key = await gateway.createKey({ rate_limit_rpm: 0 })
    const { gate, open } = newGate()
    upstream.forModel('small', { gate })
    let answers: Sent[] = []
    const calls = await callsDuring(async () => {
      const sent = Promise.all(Array.from({ length: 50 }, () => send(key, 'fifty', { stream })))
      await sleep(500)
      open()
      answers = await sent
      answers.push(await send(key, 'fifty', { stream }))
    })
    upstream.forModel('small', {})
    expect(calls).toBe(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(new Set(answers.map(({ generationId }) => generationId)).size).toBe(1)
    expect(answers.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1)
    const generation = await readData(gateway, `/api/v1/generation?id=${answers[0]?.generationId}`, key)
    expect(nano(generation['total_cost'])).toBeGreaterThan(0n)
    await expectSpent(key, nano(generation['total_cost']))
  },
)

test('M8 another body under the same key is refused with 409, while the first one runs and afterwards, and costs nothing', async () => {
  const key = await gateway.createKey()
  const { gate, open } = newGate()
  upstream.forModel('small', { gate })
  const first = send(key, 'bodies')
  await sleep(300)
  const during = await send(key, 'bodies', { max_tokens: 7 })
  open()
  const { status, text } = await first
  upstream.forModel('small', {})
  expect(await callsDuring(() => send(key, 'bodies', { max_tokens: 7 }))).toBe(0)
  const after = await send(key, 'bodies', { max_tokens: 7 })
  expect([status, during.status, after.status]).toEqual([200, 409, 409])
  expect(after.text).toContain('another body')
  await expectSpent(key, costOf(text))
})

test('M8 the same header with another API key, in the same workspace or another, is another request', async () => {
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Twin', slug: 'twin' } })
  const workspace_id = (body as { data: { id: string } }).data.id
  const keys = [
    await gateway.createKey(),
    await gateway.createKey(),
    await gateway.createKey({ name: 'in twin', workspace_id }),
  ]
  const answers: Sent[] = []
  for (const key of keys) answers.push(await send(key, 'shared header'))
  expect(answers.map(({ status, isReplayed }) => [status, isReplayed])).toEqual(keys.map(() => [200, false]))
  expect(new Set(answers.map(({ generationId }) => generationId)).size).toBe(3)
})

test('M8 the answer stands sealed in the database, survives a restart, and after 24 hours the key is free again', async () => {
  upstream.forModel('small', { text: 'a-very-secret-word' })
  const key = await gateway.createKey()
  const first = await send(key, 'for a day')
  expect(first.text).toContain('a-very-secret-word')
  const texts = await withDatabase(gateway, rowTexts)
  expect(texts.filter((text) => text.includes('a-very-secret-word'))).toEqual([])
  const again = await send(key, 'for a day')
  expect(again).toEqual({ ...first, isReplayed: true })
  await expectSpent(key, costOf(first.text))
  await withDatabase(gateway, async ({ kysely }) => {
    await sql`UPDATE idempotent_request SET created_at = created_at - interval '24 hours'`.execute(kysely)
  })
  const next = await send(key, 'for a day', { max_tokens: 9 })
  upstream.forModel('small', {})
  expect([next.status, next.isReplayed]).toEqual([200, false])
  expect(next.generationId).not.toBe(first.generationId)
})

test('M8 after kill -9 of the process that ran it, the repetition is told of the charge, and nothing is called or charged again', async () => {
  const key = await gateway.createKey()
  const { gate, open } = newGate()
  upstream.forModel('small', { gate })
  const first = send(key, 'killed').catch(() => 'cut off')
  await sleep(1_000)
  await gateway.kill9()
  expect(await first).toBe('cut off')
  open()
  upstream.forModel('small', {})
  await gateway.restart()
  const spent = await spentBy(key)
  expect(spent).toBeGreaterThan(0n)
  const answers: Sent[] = []
  const calls = await callsDuring(async () => {
    answers.push(...(await Promise.all([send(key, 'killed'), send(key, 'killed')])))
  })
  expect(calls).toBe(0)
  expect(answers.map(({ status }) => status)).toEqual([409, 409])
  const { metadata } = (JSON.parse(answers[0]?.text ?? '') as { error: { metadata: { generation_id: string } } }).error
  const generation = await readData(gateway, `/api/v1/generation?id=${metadata.generation_id}`, key)
  expect(nano(generation['total_cost'])).toBe(spent)
  await expectSpent(key, spent)
})

test('a failure that cost nothing and a refusal are not kept: the next try is a new request', async () => {
  upstream.forModel('small', { status: 500 })
  const key = await gateway.createKey({ limit: 0 })
  expect((await send(key, 'retry')).status).toBe(402)
  const { body } = await gateway.call('GET', '/api/v1/keys')
  const { hash } = (body as { data: { hash: string }[] }).data[0] ?? { hash: '' }
  await gateway.call('PATCH', `/api/v1/keys/${hash}`, { body: { limit: 1 } })
  expect((await send(key, 'retry')).status).toBeGreaterThanOrEqual(500)
  upstream.forModel('small', {})
  const last = await send(key, 'retry')
  expect([last.status, last.isReplayed]).toEqual([200, false])
})

test.each([
  ['more than 1 MiB', 'large', {}],
  ['zero data retention, asked for by the request', 'zdr', { provider: { zdr: true } }],
])('an answer is not kept (%s): the repetition gets 409 with the generation id', async (_why, name, fields) => {
  if (name === 'large') upstream.forModel('small', { text: 'x'.repeat(1_100_000), completionTokens: 5 })
  const key = await gateway.createKey()
  const first = await send(key, name, fields)
  upstream.forModel('small', {})
  expect(first.status).toBe(200)
  const again = await send(key, name, fields)
  expect([again.status, again.generationId]).toEqual([409, first.generationId])
  await expectSpent(key, costOf(first.text))
})

test('a stream whose reader left is not run again: 409 with the generation id', async () => {
  const { gate: midGate, open } = newGate()
  upstream.forModel('small', { midGate })
  const key = await gateway.createKey()
  const leaving = new AbortController()
  const body = JSON.stringify({
    model: 'alpha/small',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
  })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'left' }
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers,
    body,
    signal: leaving.signal,
  })
  leaving.abort()
  const again = await send(key, 'left', { stream: true })
  open()
  upstream.forModel('small', {})
  expect([again.status, again.generationId]).toEqual([409, response.headers.get('x-generation-id')])
})

test.each([[''], ['x'.repeat(256)], ['é']])('400 for the Idempotency-Key %j', async (idempotencyKey) => {
  const answer = await send(await gateway.createKey(), idempotencyKey)
  expect([answer.status, answer.text.includes('Idempotency-Key')]).toEqual([400, true])
})

test('the OpenAI SDK repeats a request by its idempotencyKey option and gets the same answer', async () => {
  const apiKey = await gateway.createKey()
  class Client extends OpenAI {
    protected override idempotencyHeader = 'Idempotency-Key'
  }
  const client = new Client({ apiKey, baseURL: `${gateway.url}/api/v1`, maxRetries: 0 })
  const ask = () =>
    client.chat.completions.create(
      { model: 'alpha/small', messages: [{ role: 'user', content: 'Hello' }] },
      { idempotencyKey: 'by sdk' },
    )
  const first = await ask()
  expect(await callsDuring(async () => expect(await ask()).toEqual(first))).toBe(0)
})
