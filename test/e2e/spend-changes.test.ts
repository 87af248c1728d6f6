import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

/* An organization that pays in advance, with a limit on every level: what is counted on all of them, and what happens to
 * streams when a level changes or goes away under them. */

const CREDITS_USD = 40

let upstream: ScriptedUpstream
let gateway: Gateway
let made = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const env = {
    SWITCHYARD_BILLING: 'prepaid',
    SWITCHYARD_INITIAL_CREDITS_USD: String(CREDITS_USD),
    // A slow machine holds money for longer, and must not make a refusal of it.
    SWITCHYARD_HOLD_WAIT_MS: '60000',
  }
  gateway = await startGateway({ env, config: oneProvider(upstream.baseUrl) })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

interface Levels {
  workspace: string
  key: string
  hash: string
}

/** A workspace with a reserve, budgets, a project, a guardrail and a key, each with a limit in dollars. */
async function makeLevels(
  limitsUsd: Partial<Record<'workspace' | 'project' | 'guardrail' | 'key', number>> = {},
): Promise<Levels> {
  made += 1
  const { guardrail = 9, key: ofKey = 9, project = 9, workspace: ofWorkspace = 9 } = limitsUsd
  const { id } = await manage('POST', 'workspaces', { name: 'Levels', slug: `levels-${made}`, reserved_usd: 1 })
  const workspace = String(id)
  const project_id = (await manage('POST', `workspaces/${workspace}/projects`, { slug: 'apollo', name: 'Apollo' }))[
    'id'
  ]
  await manage('PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: ofWorkspace })
  await manage('PUT', `workspaces/${workspace}/projects/apollo/budgets/daily`, { limit_usd: project })
  const { default_guardrail_id: whole } = await manage('GET', `workspaces/${workspace}`)
  await manage('PATCH', `guardrails/${whole}`, { limit_usd: guardrail, reset_interval: 'weekly' })
  const key = await gateway.createKey({ workspace_id: workspace, project_id, limit: ofKey, rate_limit_rpm: 0 })
  const { body } = await gateway.call('GET', `/api/v1/keys?workspace_id=${workspace}`)
  return { workspace, key, hash: String((body as { data: { hash: string }[] }).data[0]?.hash) }
}

async function spentNano(path: string): Promise<bigint> {
  return nano((await manage('GET', path))['spent_usd'])
}

/** A stream of ten words that goes on for a second or two, and that it has begun. */
async function beginStream(key: string): Promise<{ ended: Promise<ChatAnswer> }> {
  const before = upstream.requests.length
  upstream.forModel('small', { chunks: 10, chunkDelayMs: 150 })
  const ended = chat(gateway, key, { stream: true, max_tokens: 64 })
  await expect.poll(() => upstream.requests.length, { timeout: 10_000 }).toBeGreaterThan(before)
  return { ended }
}

const flat = (key: string) => chat(gateway, key, { model: 'alpha/flat' })

test.each([false, true])(
  'usage.cost (stream: %s) is the cost of the generation and the change on every level, to the nano-dollar',
  async (stream) => {
    const { key, workspace } = await makeLevels()
    const before = await readData(gateway, '/api/v1/credits')
    const answer = await chat(gateway, key, { stream })
    const cost = nano(usageOf(answer).cost)
    expect(cost).toBeGreaterThan(0n)
    expect(nano((await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key))['usage'])).toBe(cost)
    const current = await readData(gateway, '/api/v1/key', key)
    expect([nano(current['usage']), nano(current['limit_remaining'])]).toEqual([cost, nano(9) - cost])
    const after = await readData(gateway, '/api/v1/credits')
    expect(nano(after['total_usage']) - nano(before['total_usage'])).toBe(cost)
    expect(await spentNano(`workspaces/${workspace}/budgets/monthly`)).toBe(cost)
    expect(await spentNano(`workspaces/${workspace}/projects/apollo/budgets/daily`)).toBe(cost)
  },
)

test.each([
  ['workspace', 403, 'Workspace monthly budget of $0.20 exceeded'],
  ['project', 403, 'Project apollo daily budget of $0.20 exceeded'],
  ['guardrail', 403, 'weekly limit of $0.20 exceeded'],
  ['key', 402, 'Key limit exceeded (total limit)'],
] as const)(
  'M1 with limits on all levels, the one of the %s worth exactly 20 requests admits exactly 20 of 200 at once',
  async (level, status, message) => {
    const { key } = await makeLevels({ [level]: 20 * FLAT_PRICE_USD })
    const answers = await Promise.all(Array.from({ length: 200 }, () => flat(key)))
    const byStatus = Map.groupBy(answers, (answer) => answer.status)
    expect([byStatus.get(200)?.length, byStatus.get(status)?.length]).toEqual([20, 180])
    const refused = byStatus.get(status)?.[0]
    expect(refused?.json).toMatchObject({ error: { code: status, message: expect.stringContaining(message) } })
    expect(refused?.headers.get('x-switchyard-affordable-tokens')).not.toBeNull()
  },
)

test('M1b with token prices and limits on all levels nothing is overspent, and nobody is refused while money for the smallest answer is free', async () => {
  const limit = 0.003
  const { key, workspace } = await makeLevels({ project: limit })
  const answers = await Promise.all(Array.from({ length: 200 }, () => chat(gateway, key, { max_tokens: 64 })))
  while (answers.at(-1)?.status === 200) answers.push(await chat(gateway, key, { max_tokens: 64 }))
  const done = answers.filter(({ status }) => status === 200)
  const spent = done.reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
  expect(answers.every(({ status }) => status === 200 || status === 403)).toBe(true)
  expect(spent).toBeLessThanOrEqual(nano(limit))
  const path = `workspaces/${workspace}/projects/apollo/budgets/daily`
  await expect.poll(() => spentNano(path), { timeout: 10_000 }).toBe(spent)
  // Input is bounded by the bytes of the request, about a hundred; 16 tokens of output are the smallest answer.
  const refused = await chat(gateway, key, { max_tokens: 64 })
  expect([refused.status, Number(refused.headers.get('x-switchyard-affordable-tokens')) < 16]).toEqual([403, true])
  expect(nano(limit) - spent).toBeLessThan(200n * 1_000n + 16n * 2_000n)
})

test('M11 a budget lowered below what is spent lets nobody in from then on, and a stream that runs ends and is charged', async () => {
  const { key, workspace } = await makeLevels()
  expect((await flat(key)).status).toBe(200)
  const { ended } = await beginStream(key)
  await manage('PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: FLAT_PRICE_USD / 2 })
  expect((await flat(key)).status).toBe(403)
  const answer = await ended
  expect([answer.status, answer.isDone]).toEqual([200, true])
  const spent = nano(FLAT_PRICE_USD) + nano(usageOf(answer).cost)
  const budget = `workspaces/${workspace}/budgets/monthly`
  await expect.poll(() => spentNano(budget), { timeout: 10_000 }).toBe(spent)
  await manage('PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: 3 * FLAT_PRICE_USD })
  expect([(await flat(key)).status, (await flat(key)).status]).toEqual([200, 403])
  await expect.poll(() => spentNano(budget), { timeout: 10_000 }).toBe(spent + nano(FLAT_PRICE_USD))
})

test('M11 a project, a key and a workspace deleted under a stream let nobody in from then on, and the stream ends and is charged', async () => {
  const { hash, key, workspace } = await makeLevels()
  const before = await readData(gateway, '/api/v1/credits')
  const streams: Promise<ChatAnswer>[] = []
  const stream = async () => streams.push((await beginStream(key)).ended)
  await stream()
  await manage('DELETE', `workspaces/${workspace}/projects/apollo`)
  await stream()
  await manage('DELETE', `keys/${hash}`)
  expect((await flat(key)).status).toBe(401)
  await manage('DELETE', `workspaces/${workspace}`)
  const answers = await Promise.all(streams)
  expect(answers.map(({ isDone, status }) => [status, isDone])).toEqual([
    [200, true],
    [200, true],
  ])
  const cost = answers.reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
  const used = async () =>
    nano((await readData(gateway, '/api/v1/credits'))['total_usage']) - nano(before['total_usage'])
  await expect.poll(used, { timeout: 10_000 }).toBe(cost)
  for (const answer of answers) {
    expect((await gateway.call('GET', `/api/v1/generation?id=${idOf(answer)}`)).status).toBe(200)
  }
})

test('a workspace keeps what it reserves, however much another takes of the shared balance', async () => {
  const mine = await makeLevels()
  const other = await gateway.createKey({ rate_limit_rpm: 0 })
  const { total_credits, total_usage } = await readData(gateway, '/api/v1/credits')
  const balance = nano(total_credits) - nano(total_usage)
  // Each of the workspaces made here keeps a dollar for itself; those that were deleted keep nothing.
  const { body } = await gateway.call('GET', '/api/v1/workspaces?limit=100')
  const reserves = (body as { data: { reserved_usd: number }[] }).data.map(({ reserved_usd }) => nano(reserved_usd))
  const free = balance - reserves.reduce((sum, reserved) => sum + reserved, 0n)
  const dollars = Number(free) / 1e9 - 5 * FLAT_PRICE_USD
  const { id } = await manage('POST', 'workspaces', { name: 'Drain', slug: 'drain', credit_pool: 'dedicated' })
  await manage('POST', `workspaces/${id}/credit-transfers`, {
    direction: 'to_workspace',
    amount_usd: Math.round(dollars * 1e9) / 1e9,
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => flat(other)))
  expect(answers.filter(({ status }) => status === 200).length).toBe(5)
  expect(answers.filter(({ status }) => status === 402).length).toBe(15)
  expect((await flat(mine.key)).status).toBe(200)
})

test('a limit that is lowered while a request is still being sent holds for it', async () => {
  const { hash, key } = await makeLevels()
  const before = upstream.requests.length
  const body = JSON.stringify({ model: 'alpha/flat', messages: [{ role: 'user', content: 'Hello' }] })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length }
  const call = request(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers })
  const answered = once(call, 'response')
  call.write(body.slice(0, 10))
  await sleep(500)
  await manage('PATCH', `keys/${hash}`, { limit: FLAT_PRICE_USD / 2 })
  call.end(body.slice(10))
  const [response] = (await answered) as [IncomingMessage]
  response.resume()
  expect(response.statusCode).toBe(402)
  expect(upstream.requests.length).toBe(before)
})
