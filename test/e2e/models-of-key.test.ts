import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomChoices } from '../fixtures/random-choices.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'

/*
 * `GET /models/user` with a key lists exactly the models that a call with the key is answered for, whatever restricts it:
 * the organization's policy, the workspace's guardrail, the key's guardrail and the key itself, drawn at random.
 */

const ROUNDS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 300 : 25
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)
const MODELS = ['openai/one', 'anthropic/two', 'meta/three', 'meta/three:free', 'x-ai/four']
const PROVIDERS = [
  { slug: 'clean', data_policy: { training: false, retains_prompts: false }, data_region: 'europe' },
  { slug: 'keeps', data_policy: { training: false, retains_prompts: true }, data_region: 'us' },
  { slug: 'trains', data_policy: { training: true, retains_prompts: true } },
]

let upstream: ScriptedUpstream
let gateway: Gateway
const random = randomChoices(SEED)

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const providers = PROVIDERS.map((provider, index) => ({
    ...provider,
    dialect: 'openai-chat',
    base_url: upstream.baseUrl,
    // Not every provider runs every model.
    models: MODELS.filter((_id, at) => (at + index) % 3 !== 0).map((id) => ({
      id,
      upstream_id: 'any',
      ...(id.endsWith(':free') ? { free: true } : { pricing: { prompt: '0.000001', completion: '0.000001' } }),
      context_length: 8_000,
    })),
  }))
  gateway = await startGateway({ config: { providers }, env: { SWITCHYARD_SIM: 'off' } })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)
const maybe = <T>(make: () => T): T | null => (random.below(4) === 0 ? make() : null)

function some(list: readonly string[]): string[] {
  const chosen = list.filter(() => random.below(2) === 0)
  return chosen.length > 0 ? chosen : [random.pick(list)]
}

/** What a guardrail and the organization's policy have in common; each of it is set seldom, so that something is left. */
function restrictions(): Record<string, unknown> {
  return {
    allowed_models: maybe(() => some(MODELS)),
    ignored_models: maybe(() => [random.pick(MODELS)]),
    allowed_providers: maybe(() => some(PROVIDERS.map(({ slug }) => slug))),
    ignored_providers: maybe(() => [random.pick(PROVIDERS).slug]),
    enforce_zdr_openai: maybe(() => true),
    enforce_zdr_other: maybe(() => true),
    enable_free_model_training: maybe(() => false),
    enable_paid_model_training: maybe(() => false),
  }
}

const guardrail = () => ({ ...restrictions(), allowed_data_regions: maybe(() => some(['global', 'europe', 'us'])) })

test(`what ${ROUNDS} keys with random restrictions are told they may call is what they may call (seed ${SEED})`, async () => {
  const { id } = await manage('POST', 'workspaces', { name: 'Random', slug: 'random' })
  const { default_guardrail_id } = await manage('GET', `workspaces/${id}`)
  const own = await manage('POST', 'guardrails', { name: 'own', workspace_id: id })
  let [some, none] = [0, 0]
  for (let round = 0; round < ROUNDS; round += 1) {
    if (random.below(4) === 0) await manage('PATCH', 'organization/policy', restrictions())
    await manage('PATCH', `guardrails/${default_guardrail_id}`, guardrail())
    await manage('PATCH', `guardrails/${own['id']}`, guardrail())
    const patterns = maybe(() => random.pick([['meta/*'], ['*:free'], ['free'], ['openai/*', 'x-ai/four']]))
    const { body } = await gateway.call('POST', '/api/v1/keys', {
      body: {
        name: 'random',
        workspace_id: id,
        ...(patterns === null ? {} : { type: 'scoped', allowed_models: patterns }),
      },
    })
    const { data, key } = body as { key: string; data: { hash: string } }
    if (random.below(2) === 0)
      await manage('POST', `guardrails/${own['id']}/assignments/keys`, { key_hashes: [data.hash] })
    const listed = ((await gateway.call('GET', '/api/v1/models/user', { key })).body as { data: { id: string }[] }).data
    const answered: string[] = []
    const names = listed.map((model) => model.id).filter((name) => name.startsWith('~'))
    for (const model of [...MODELS, ...names])
      if ((await chat(gateway, key, { model })).status === 200) answered.push(model)
    expect([round, listed.map((model) => model.id).toSorted()]).toEqual([round, answered.toSorted()])
    if (answered.length === 0) none += 1
    else some += 1
  }
  process.stdout.write(`${some} keys may call something, ${none} nothing\n`)
  // Both must occur, or nothing was shown.
  expect(some).toBeGreaterThan(0)
  expect(none).toBeGreaterThan(0)
})
