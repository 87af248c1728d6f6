import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, nano, readData } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, twoProviders } from './provider-config.ts'

/*
 * Whatever is done to one workspace, nothing about another changes: what a call is answered, where it goes, what it may use,
 * what it is counted in, what its logs show. The organization pays in advance, and the quiet workspace reserves what it needs.
 */

const CHANGES = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 1_000 : 100
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)
const RESERVED_USD = 3 * CHANGES * FLAT_PRICE_USD

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const env = {
    SWITCHYARD_BILLING: 'prepaid',
    // The loud one has little to spend, and uses it up.
    SWITCHYARD_INITIAL_CREDITS_USD: String(RESERVED_USD + (CHANGES / 10) * FLAT_PRICE_USD),
  }
  gateway = await startGateway({ env, config: twoProviders(upstream.baseUrl, upstream.baseUrl) })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

interface Place {
  id: string
  key: string
  defaultGuardrail: string
}

async function makePlace(slug: string, fields: object): Promise<Place> {
  const workspace = await manage('POST', 'workspaces', { name: slug, slug, default_provider_sort: 'price', ...fields })
  const id = String(workspace['id'])
  const key = await gateway.createKey({ workspace_id: id, rate_limit_rpm: 0 })
  const { default_guardrail_id } = await manage('GET', `workspaces/${id}`)
  return { id, key, defaultGuardrail: String(default_guardrail_id) }
}

/** Things made in the loud workspace that may be changed and removed again. */
interface Made {
  guardrails: string[]
  byok: string[]
  projects: string[]
}

/** Every kind of change of a workspace that a request may feel. */
function changesOf({ id, key, defaultGuardrail }: Place, made: Made, draw: (below: number) => number) {
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T
  const name = () => `thing-${draw(1e9)}`
  const settings = (fields: object) => () => manage('PATCH', `workspaces/${id}`, fields)
  const restriction = () =>
    pick([
      { allowed_models: pick([null, ['alpha/flat'], ['alpha/small']]) },
      { ignored_providers: pick([null, ['alpha'], ['beta'], ['alpha', 'beta']]) },
      { enforce_zdr: pick([true, false]) },
      { content_filter_builtins: pick([null, [{ slug: 'email', action: pick(['block', 'redact', 'flag']) }]]) },
      { limit_usd: FLAT_PRICE_USD * (1 + draw(5)), reset_interval: pick(['daily', 'weekly', 'monthly']) },
    ])
  const removeOne = (list: string[], path: string) => async () => {
    const gone = list.shift()
    if (gone !== undefined) await manage('DELETE', `${path}/${gone}`)
  }
  return [
    settings({ name: name() }),
    settings({ allowed_ips: pick([null, ['10.0.0.0/8'], ['127.0.0.0/8']]) }),
    settings({ is_observability_io_logging_enabled: pick([true, false]) }),
    settings({ default_text_model: pick([null, 'alpha/flat', 'alpha/small']) }),
    settings({ require_project: pick([true, false]) }),
    settings({ credit_pool: pick(['shared', 'dedicated']) }),
    () =>
      manage('PUT', `workspaces/${id}/budgets/monthly`, {
        limit_usd: FLAT_PRICE_USD * (1 + draw(20)),
        include_byok_in_budgets: pick([true, false]),
      }),
    () => manage('DELETE', `workspaces/${id}/budgets/monthly`),
    () => manage('PATCH', `guardrails/${defaultGuardrail}`, restriction()),
    async () => {
      const fields = { name: name(), workspace_id: id, ...restriction() }
      made.guardrails.push(String((await manage('POST', 'guardrails', fields))['id']))
    },
    removeOne(made.guardrails, 'guardrails'),
    async () => {
      const fields = { provider: 'openai', key: `sk-${name()}-of-the-loud-one`, workspace_id: id }
      made.byok.push(String((await manage('POST', 'byok', fields))['id']))
    },
    removeOne(made.byok, 'byok'),
    async () => {
      const slug = name()
      await manage('POST', `workspaces/${id}/projects`, { slug, name: slug })
      await manage('PUT', `workspaces/${id}/projects/${slug}/budgets/daily`, { limit_usd: FLAT_PRICE_USD })
      made.projects.push(slug)
    },
    removeOne(made.projects, `workspaces/${id}/projects`),
    async () =>
      void (await gateway.createKey({
        workspace_id: id,
        limit: draw(3),
        expires_at: pick([null, '2099-01-01T00:00:00Z']),
      })),
    () => chat(gateway, key, { model: 'alpha/flat' }),
    () => chat(gateway, key, { model: 'alpha/flat', stream: true }),
  ]
}

/** All that the quiet workspace can see of itself in an answer. */
async function observe(key: string): Promise<object> {
  const answer = await chat(gateway, key, { model: 'alpha/flat', user: 'somebody' })
  const { created: _, id: __, ...body } = answer.json ?? {}
  return { status: answer.status, body, cap: answer.headers.get('x-switchyard-max-tokens') }
}

async function modelsOf(key: string): Promise<unknown> {
  return (await gateway.call('GET', '/api/v1/models/user', { key })).body
}

test('no change of one workspace changes an answer, a plan, a counter or a log of another, and what that reserves stays its own', async () => {
  const random = seededRandom(SEED)
  const draw = (below: number) => Math.floor(random() * below)
  const quiet = await makePlace('quiet', { reserved_usd: RESERVED_USD })
  await manage('PUT', `workspaces/${quiet.id}/budgets/monthly`, { limit_usd: RESERVED_USD })
  const loud = await makePlace('loud', {})
  const made: Made = { guardrails: [], byok: [], projects: [] }
  const first = await observe(quiet.key)
  expect(first).toMatchObject({ status: 200 })
  const models = await modelsOf(quiet.key)
  for (let count = 1; count <= CHANGES; count += 1) {
    const changes = changesOf(loud, made, draw)
    await changes[draw(changes.length)]?.()
    expect(await observe(quiet.key), `SWITCHYARD_TEST_SEED=${SEED}, change ${count}`).toEqual(first)
  }
  expect(await modelsOf(quiet.key)).toEqual(models)
  const cost = nano(FLAT_PRICE_USD) * BigInt(CHANGES + 1)
  const budget = async () => nano((await manage('GET', `workspaces/${quiet.id}/budgets/monthly`))['spent_usd'])
  await expect.poll(budget, { timeout: 10_000 }).toBe(cost)
  expect(nano((await readData(gateway, '/api/v1/key', quiet.key))['usage'])).toBe(cost)
  const logs = await gateway.call('GET', `/api/v1/logs?workspace_id=${quiet.id}&limit=100`)
  const entries = (logs.body as { data: { workspace_id: string; status: number }[] }).data
  expect(entries.length).toBe(Math.min(CHANGES + 1, 100))
  expect(entries.every((entry) => entry.workspace_id === quiet.id)).toBe(true)
  // What nobody reserves is used up, and the quiet one doesn't notice.
  const thirsty = await makePlace('thirsty', {})
  const drain = async () => (await chat(gateway, thirsty.key, { model: 'alpha/flat' })).status
  let last = await drain()
  while (last === 200) last = await drain()
  expect(last).toBe(402)
  expect(await observe(quiet.key)).toEqual(first)
})
