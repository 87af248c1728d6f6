import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { SessionMint } from '../harness/sessions.ts'
import { type ChatAnswer, chat, idOf, nano, readData } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/** At its bound of 4,000 tokens an answer costs $2. */
const DEAR = {
  id: 'alpha/dear',
  upstream_id: 'dear',
  pricing: { prompt: '0', completion: '0.0005' },
  context_length: 128_000,
  max_completion_tokens: 4_000,
}
const FLAT = { model: 'alpha/flat' }

let upstream: ScriptedUpstream
let gateway: Gateway

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

let made = 0

async function newWorkspace(fields: object = {}): Promise<string> {
  made += 1
  const { id } = await manage('POST', 'workspaces', { name: 'Spends', slug: `spends-${made}`, ...fields })
  return String(id)
}

async function newKey(workspaceId: string, fields: object = {}): Promise<string> {
  return await gateway.createKey({ workspace_id: workspaceId, ...fields })
}

const refusalOf = ({ status, json }: ChatAnswer) => [status, (json?.['error'] as { message?: string })?.message]
const ask = async (key: string) => refusalOf(await chat(gateway, key, FLAT))

async function askFor(key: string, project: string, header = 'x-switchyard-project'): Promise<unknown[]> {
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', [header]: project },
    body: JSON.stringify({ ...FLAT, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  const body = (await response.json()) as { error?: { message: string } }
  return [response.status, body.error?.message]
}

async function spentUsd(path: string): Promise<unknown> {
  // What was answered is in the database within a flush.
  await expect.poll(async () => (await manage('GET', path))['spent_usd'], { timeout: 5_000 }).not.toBe(0)
  return (await manage('GET', path))['spent_usd']
}

describe('who pays afterwards', () => {
  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl, [DEAR]) })
  })
  afterAll(async () => {
    await gateway?.stop()
    await upstream?.close()
  })

  test('budgets of a workspace hold over all its keys, name the broadest exceeded one, and open again when raised or deleted', async () => {
    const workspace = await newWorkspace()
    const [one, two] = [await newKey(workspace), await newKey(workspace)]
    await manage('PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: 3 * FLAT_PRICE_USD })
    await manage('PUT', `workspaces/${workspace}/budgets/daily`, { limit_usd: 2 * FLAT_PRICE_USD })
    expect([await ask(one), await ask(two)]).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    const daily = [403, 'Workspace daily budget of $0.02 exceeded. Contact your org admin.']
    expect([await ask(one), await ask(two)]).toEqual([daily, daily])
    expect(await spentUsd(`workspaces/${workspace}/budgets/daily`)).toBe(2 * FLAT_PRICE_USD)
    await manage('DELETE', `workspaces/${workspace}/budgets/daily`)
    expect(await ask(one)).toEqual([200, undefined])
    expect(await ask(two)).toEqual([403, 'Workspace monthly budget of $0.03 exceeded. Contact your org admin.'])
    await manage('PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: 4 * FLAT_PRICE_USD })
    expect(await ask(two)).toEqual([200, undefined])
    await manage('PUT', `workspaces/${workspace}/budgets/weekly`, { limit_usd: FLAT_PRICE_USD })
    expect(await ask(one)).toEqual([403, 'Workspace monthly budget of $0.04 exceeded. Contact your org admin.'])
    expect(await ask(await newKey(await newWorkspace()))).toEqual([200, undefined])
  })

  test('a project has its own budgets, is named by slug or id, and one that is unknown or missing is 400', async () => {
    const workspace = await newWorkspace()
    const { id } = await manage('POST', `workspaces/${workspace}/projects`, { slug: 'apollo', name: 'Apollo' })
    const other = await manage('POST', `workspaces/${workspace}/projects`, { slug: 'gemini', name: 'Gemini' })
    await manage('PUT', `workspaces/${workspace}/projects/apollo/budgets/weekly`, { limit_usd: 2 * FLAT_PRICE_USD })
    const key = await newKey(workspace)
    expect(await askFor(key, 'apollo')).toEqual([200, undefined])
    expect(await askFor(key, String(id), 'x-openrouter-project')).toEqual([200, undefined])
    const exceeded = [403, 'Project apollo weekly budget of $0.02 exceeded. Contact your workspace admin.']
    expect(await askFor(key, 'apollo')).toEqual(exceeded)
    expect(await spentUsd(`workspaces/${workspace}/projects/apollo/budgets/weekly`)).toBe(2 * FLAT_PRICE_USD)
    expect([await ask(key), await askFor(key, 'gemini')]).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    const slow = await newKey(workspace, { rate_limit_rpm: 1 })
    for (let count = 0; count < 3; count += 1) {
      expect(await askFor(slow, 'mercury')).toEqual([400, 'X-Switchyard-Project: unknown project'])
    }
    expect([(await ask(slow))[0], (await ask(slow))[0]]).toEqual([200, 429])
    const bound = await newKey(workspace, { project_id: id })
    expect(await ask(bound)).toEqual(exceeded)
    expect((await askFor(bound, String(other['id'])))[0]).toBe(400)
    await manage('PATCH', `workspaces/${workspace}`, { require_project: true })
    expect([(await ask(key))[0], await askFor(key, 'gemini')]).toEqual([400, [200, undefined]])
  })

  test('a guardrail holds each of its keys to its budget, and the default one the whole workspace', async () => {
    const workspace = await newWorkspace()
    const guardrail = async (name: string, limit: number) => {
      const fields = { name, workspace_id: workspace, limit_usd: limit, reset_interval: 'monthly' }
      return String((await manage('POST', 'guardrails', fields))['id'])
    }
    const forKeys = await guardrail('Of keys', 2 * FLAT_PRICE_USD)
    const [one, two] = [await newKey(workspace), await newKey(workspace)]
    const { body } = await gateway.call('GET', `/api/v1/keys?workspace_id=${workspace}`)
    const hashes = (body as { data: { hash: string }[] }).data.map(({ hash }) => hash)
    await gateway.call('POST', `/api/v1/guardrails/${forKeys}/assignments/keys`, { body: { key_hashes: hashes } })
    const exceeded = (name: string, usd: string) => [403, `Guardrail "${name}" monthly limit of ${usd} exceeded.`]
    expect([await ask(one), await ask(one)]).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    expect([await ask(one), await ask(two)]).toEqual([exceeded('Of keys', '$0.02'), [200, undefined]])
    await manage('PATCH', `guardrails/${forKeys}`, { limit_usd: 3 * FLAT_PRICE_USD })
    expect([await ask(one), await ask(one)]).toEqual([[200, undefined], exceeded('Of keys', '$0.03')])
    const { default_guardrail_id: whole } = await manage('GET', `workspaces/${workspace}`)
    const budget = { limit_usd: 4 * FLAT_PRICE_USD, reset_interval: 'monthly' }
    const { name } = await manage('PATCH', `guardrails/${whole}`, budget)
    expect(await ask(two)).toEqual(exceeded(String(name), '$0.04'))
  })

  test('a member spends up to their own limit over all their keys of the workspace, and up to their guardrail everywhere', async () => {
    const member = await withDatabase(gateway, async ({ kysely }) => {
      const { id } = await kysely.selectFrom('organization').select('id').executeTakeFirstOrThrow()
      return await new SessionMint(kysely, 'unused').member('spender', { organizationId: id })
    })
    const [here, there] = [await newWorkspace(), await newWorkspace()]
    for (const id of [here, there]) await manage('POST', `workspaces/${id}/members/add`, { user_ids: [member.userId] })
    const limit = { spending_limit_usd: 2 * FLAT_PRICE_USD, limit_reset: 'weekly' }
    await manage('PATCH', `workspaces/${here}/members/${member.userId}`, limit)
    const owned = { creator_user_id: member.userId }
    const [one, two, elsewhere] = [await newKey(here, owned), await newKey(here, owned), await newKey(there, owned)]
    expect([await ask(one), await ask(two)]).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    const exceeded = [403, 'Member weekly budget of $0.02 exceeded. Contact your workspace admin.']
    expect([await ask(one), await ask(two), await ask(await newKey(here))]).toEqual([
      exceeded,
      exceeded,
      [200, undefined],
    ])
    const guardrail = { name: 'Of members', workspace_id: there, limit_usd: 4 * FLAT_PRICE_USD }
    const { id } = await manage('POST', 'guardrails', guardrail)
    const assigned = { member_user_ids: [member.userId] }
    await gateway.call('POST', `/api/v1/guardrails/${id}/assignments/members`, { body: assigned })
    expect([await ask(elsewhere), await ask(elsewhere)]).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    expect(await ask(elsewhere)).toEqual([403, 'Guardrail "Of members" lifetime limit of $0.04 exceeded.'])
    await gateway.restart()
    expect(await ask(elsewhere)).toEqual([403, 'Guardrail "Of members" lifetime limit of $0.04 exceeded.'])
    expect(await ask(one)).toEqual(exceeded)
    await manage('PATCH', `workspaces/${here}/members/${member.userId}`, { spending_limit_usd: null })
    expect((await ask(one))[0]).toBe(403)
    await manage('DELETE', `guardrails/${id}`)
    expect(await ask(one)).toEqual([200, undefined])
  })

  test('a workspace with a pool of its own spends that and nothing else', async () => {
    const workspace = await newWorkspace({ credit_pool: 'dedicated' })
    const key = await newKey(workspace)
    const empty = [402, `Insufficient credits in the workspace's pool. Transfer more using ${gateway.url}/credits`]
    expect(await ask(key)).toEqual(empty)
    await manage('POST', 'credits/grants', { amount_usd: 1 })
    expect(await ask(key)).toEqual(empty)
    const transfer = { direction: 'to_workspace', amount_usd: 2 * FLAT_PRICE_USD }
    await manage('POST', `workspaces/${workspace}/credit-transfers`, transfer)
    expect([await ask(key), await ask(key), await ask(key)]).toEqual([[200, undefined], [200, undefined], empty])
    await gateway.restart()
    expect(await ask(key)).toEqual(empty)
  })

  test('M4 a stream that goes on beyond its bound is cut where its hold ends, ends well-formed and costs no more than that', async () => {
    upstream.forModel('small', { chunks: 1_000, ignoresMaxTokens: true })
    const limit = 0.0005
    const key = await newKey(await newWorkspace(), { limit })
    const answer = await chat(gateway, key, { stream: true, max_tokens: 32 })
    upstream.forModel('small', {})
    const last = answer.events.at(-1) ?? {}
    expect(last).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] })
    expect(answer.events.length).toBeGreaterThan(32)
    expect(answer.events.length).toBeLessThan(200)
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key)
    // 32 tokens of output, and at most one token of input for each byte of the request.
    const asked = JSON.stringify({
      model: 'alpha/small',
      messages: [{ role: 'user', content: 'Hello out there' }],
      stream: true,
      max_tokens: 32,
    })
    expect(nano(generation['usage'])).toBeLessThanOrEqual(32n * 2_000n + BigInt(asked.length) * 1_000n)
    const current = await readData(gateway, '/api/v1/key', key)
    expect(nano(current['usage'])).toBeLessThanOrEqual(nano(limit))
    expect((await chat(gateway, key, { max_tokens: 16 })).status).toBe(200)
  })

  test('what of a prediction does not come true is held before, charged in full, and told', async () => {
    const prediction = { type: 'content', content: 'word '.repeat(40) }
    const asked = { model: 'alpha/dear', max_tokens: 16, prediction }
    // The answer costs at most $0.008, the prediction up to $0.0005 a byte.
    const poor = await newKey(await newWorkspace(), { limit: 0.05 })
    const before = upstream.requests.length
    expect((await chat(gateway, poor, asked)).status).toBe(402)
    expect(upstream.requests.length).toBe(before)
    expect((await chat(gateway, poor, { ...asked, prediction: null })).status).toBe(200)
    const told = { reasoning_tokens: 0, accepted_prediction_tokens: 3, rejected_prediction_tokens: 40 }
    const usageBody = { prompt_tokens: 9, completion_tokens: 50, total_tokens: 59, completion_tokens_details: told }
    upstream.forModel('dear', { usageBody })
    const rich = await newKey(await newWorkspace(), { limit: 1 })
    const answer = await chat(gateway, rich, asked)
    upstream.forModel('dear', {})
    expect(answer.json?.['usage']).toMatchObject({
      completion_tokens: 50,
      completion_tokens_details: told,
      cost: 0.025,
    })
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, rich)
    expect(nano(generation['usage'])).toBe(50n * 500_000n)
  })

  test('agents do not starve: 50 streams at once without max_tokens, each $2 at worst, all run on a budget of $5', async () => {
    const workspace = await newWorkspace()
    await manage('PUT', `workspaces/${workspace}/budgets/daily`, { limit_usd: 5 })
    upstream.forModel('dear', { chunks: 20, chunkDelayMs: 50 })
    const key = await newKey(workspace, { rate_limit_rpm: 0 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => chat(gateway, key, { model: 'alpha/dear', stream: true })),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(answers.every(({ isDone }) => isDone)).toBe(true)
  })
})
