import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

const FLAT = { model: 'alpha/flat' }

let upstream: ScriptedUpstream
let gateway: Gateway

/** One call of the management API that must succeed; its `data`. */
async function manage(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await gateway.call(method, `/api/v1/${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return (answer.body as { data: Record<string, unknown> }).data
}

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
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
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
    await manage('DELETE', `workspaces/${workspace}/budgets/daily`).catch(() => {})
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
    expect(await askFor(key, 'mercury')).toEqual([400, 'X-Switchyard-Project: unknown project'])
    const bound = await newKey(workspace, { project_id: id })
    expect(await ask(bound)).toEqual(exceeded)
    expect((await askFor(bound, String(other['id'])))[0]).toBe(400)
    await manage('PATCH', `workspaces/${workspace}`, { require_project: true })
    expect([(await ask(key))[0], await askFor(key, 'gemini')]).toEqual([400, [200, undefined]])
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
})
