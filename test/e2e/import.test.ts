import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseProviderFile } from '../../src/config/provider-file.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { runSwitchyard } from '../harness/run-switchyard.ts'

/*
 * `switchyard import`: what other gateways export comes over, and comes over once. With the real program.
 */

const LITELLM_CONFIG = `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY }
  - model_name: house
    litellm_params:
      model: hosted_vllm/llama-3
      api_base: http://10.0.0.7:8000/v1
      api_key: a-literal-credential
      input_cost_per_token: 0.0000002
      output_cost_per_token: 0.000001
    model_info: { max_input_tokens: 8192, max_output_tokens: 2048 }
  - model_name: unpriced
    litellm_params: { model: openai/x, api_base: 'http://10.0.0.8/v1' }
general_settings: { master_key: sk-1234 }
`
const LITELLM_TEAMS = [
  {
    team_id: 't-1',
    team_alias: 'Data Science',
    max_budget: 250,
    budget_duration: '30d',
    models: ['gpt-4o'],
    members_with_roles: [
      { user_email: 'lead@example.com', role: 'admin' },
      { user_id: 'u', role: 'user' },
    ],
  },
  { team_id: 't-2', team_alias: 'Odd', max_budget: 5, budget_duration: '13d' },
]
const LITELLM_KEYS = {
  keys: [
    {
      token: 'a'.repeat(64),
      key_alias: 'notebook',
      team_id: 't-1',
      max_budget: 10,
      budget_duration: '7d',
      rpm_limit: 60,
      models: [],
      spend: 3,
    },
    {
      token: 'b'.repeat(64),
      key_alias: 'loose',
      max_budget: 10,
      spend: 4.5,
      models: ['house', 'claude'],
      blocked: true,
    },
    { token: 'c'.repeat(64), key_alias: 'loose', models: ['all-proxy-models'], expires: '2999-01-01T00:00:00' },
    { token: 'd'.repeat(64), key_alias: 'past', expires: '2020-01-01T00:00:00' },
  ],
}
const NEW_API = {
  success: true,
  data: {
    items: [
      {
        name: 'app',
        status: 1,
        remain_quota: 2_500_000,
        unlimited_quota: false,
        expired_time: -1,
        model_limits_enabled: true,
        model_limits: 'gpt-4o,claude-3',
        allow_ips: '10.1.0.0/16\n10.2.3.4',
        group: 'vip',
      },
      { name: 'off', status: 2, unlimited_quota: true, expired_time: 32_503_680_000, group: 'default' },
    ],
  },
}

let directory: string
let gateway: Gateway
let other: Gateway | undefined

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'import-'))
  gateway = await startGateway()
})
afterAll(async () => {
  await gateway.stop()
  await other?.stop()
  rmSync(directory, { recursive: true })
})

function file(name: string, content: unknown): string {
  const path = join(directory, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

interface Report {
  changes: { action: string; place: string }[]
  notes: string[]
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const settings = { SWITCHYARD_URL: gateway.url, SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey, ...env }
  const outcome = await runSwitchyard(['import', ...args], { env: settings })
  const { data } = outcome.stdout === '' ? { data: undefined } : (JSON.parse(outcome.stdout) as { data: Report })
  return { ...outcome, report: data }
}

async function listed(path: string, of: Gateway = gateway): Promise<Record<string, unknown>[]> {
  const { status, body } = await of.call('GET', `/api/v1${path}`)
  expect({ path, status }).toEqual({ path, status: 200 })
  return (body as { data: Record<string, unknown>[] }).data
}

async function workspaceId(slug: string, of: Gateway = gateway): Promise<string> {
  return String((await listed('/workspaces', of)).find((one) => one['slug'] === slug)?.['id'])
}

test('a LiteLLM config with its teams and keys comes over, what belongs to no team into Default; a second run changes nothing', async () => {
  const exported = [
    ...['litellm', '--config', file('config.yaml', LITELLM_CONFIG)],
    ...['--teams', file('teams.json', LITELLM_TEAMS), '--keys', file('keys.json', LITELLM_KEYS)],
  ]
  const providers = join(directory, 'providers.yaml')
  const dry = await run([...exported, '--dry-run'])
  expect(dry).toMatchObject({
    code: 6,
    report: { changes: expect.arrayContaining([expect.objectContaining({ place: 'data-science' })]) },
  })
  expect(await listed('/workspaces')).toHaveLength(1)
  const options = ['--keys-file', join(directory, 'litellm.jsonl'), '--providers-file', providers]
  const { code, report, stderr, stdout } = await run([...exported, ...options])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('+ data-science') })
  expect(report?.notes).toEqual(
    expect.arrayContaining([
      expect.stringContaining('odd: a budget over 13d'),
      expect.stringContaining('default/past: has expired'),
      expect.stringContaining('set OPENAI_API_KEY'),
      expect.stringContaining('its credential is not copied'),
      expect.stringContaining('unpriced: '),
    ]),
  )
  expect(stdout + stderr + readFileSync(providers, 'utf8')).not.toMatch(/a-literal-credential|sk-1234/)

  const id = await workspaceId('data-science')
  expect(await listed('/workspaces/data-science/budgets')).toMatchObject([
    { limit_usd: 250, reset_interval: 'monthly' },
  ])
  expect(await listed(`/keys?workspace_id=${id}`)).toMatchObject([
    { name: 'notebook', limit: 10, limit_reset: 'weekly', rate_limit_rpm: 60, allowed_models: ['openai/gpt-4o'] },
  ])
  const loose = await listed('/keys?include_disabled=true')
  expect(loose.find(({ name }) => name === 'loose')).toMatchObject({
    ...{ limit: 5.5, limit_reset: null, disabled: true, allowed_models: ['hosted_vllm/house', '*/claude'] },
  })
  expect(loose.find(({ name }) => name === 'loose (2)')).toMatchObject({
    limit: null,
    allowed_models: null,
    expires_at: '2999-01-01T00:00:00.000Z',
  })
  expect(await listed('/organization/invitations?status=pending')).toMatchObject([{ email: 'lead@example.com' }])
  const { source } = parseProviderFile(readFileSync(providers, 'utf8'), providers, {
    PROVIDER_10_0_0_7_8000_API_KEY: 'x',
  })
  expect(source.providers).toHaveLength(1)

  expect(await run(exported)).toMatchObject({ code: 0, report: { changes: [] } })
})

test('tokens of new-api come over with what is left of their quota, groups as workspaces; a second run changes nothing', async () => {
  const exported = ['new-api', '--tokens', file('tokens.json', NEW_API)]
  const { code, stderr } = await run([...exported, '--keys-file', join(directory, 'new-api.jsonl')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('+ vip') })
  expect(await listed(`/keys?workspace_id=${await workspaceId('vip')}`)).toMatchObject([
    { name: 'app', limit: 5, allowed_models: ['*/gpt-4o', '*/claude-3'], allowed_ips: ['10.1.0.0/16', '10.2.3.4/32'] },
  ])
  expect(await run(exported)).toMatchObject({ code: 0, report: { changes: [] } })
})

test('an organization behind the API of OpenRouter comes over with workspaces, budgets, guardrails and keys; a second run changes nothing', async () => {
  other = await startGateway()
  const from = ['openrouter', '--from', gateway.url]
  const env = {
    OPENROUTER_MANAGEMENT_KEY: gateway.managementKey,
    SWITCHYARD_URL: other.url,
    SWITCHYARD_MANAGEMENT_KEY: other.managementKey,
  }
  const id = await workspaceId('data-science')
  const made = await gateway.call('POST', '/api/v1/guardrails', {
    body: { name: 'Prices', workspace_id: id, limit_usd: 3, reset_interval: 'daily' },
  })
  const guardrail = (made.body as { data: { id: string } }).data.id
  const [key] = await listed(`/keys?workspace_id=${id}`)
  await gateway.call('POST', `/api/v1/guardrails/${guardrail}/assignments/keys`, {
    body: { key_hashes: [key?.['hash']] },
  })
  const { code, stderr } = await run([...from, '--keys-file', join(directory, 'openrouter.jsonl')], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('+ data-science') })
  const there = await workspaceId('data-science', other)
  expect(await listed('/workspaces/data-science/budgets', other)).toMatchObject([{ limit_usd: 250 }])
  expect(await listed(`/guardrails?workspace_id=${there}`, other)).toMatchObject([{ name: 'Prices', limit_usd: 3 }])
  expect(await listed(`/keys?workspace_id=${there}`, other)).toMatchObject([
    { name: 'notebook', limit: 10, rate_limit_rpm: 60 },
  ])
  expect(await listed('/guardrails/assignments/keys', other)).toMatchObject([{ key_name: 'notebook' }])
  expect(await run(from, env)).toMatchObject({ code: 0, report: { changes: [] } })

  const exported = { workspaces: [], keys: [{ hash: 'h', name: 'lone', limit: 1, limit_reset: null }] }
  const single = ['openrouter', '--export', file('export.json', exported), '--keys-file', join(directory, 'lone.jsonl')]
  expect(await run(single, env)).toMatchObject({
    code: 0,
    report: { changes: [{ place: 'default/keys/lone' }, {}].slice(0, 1) },
  })
})

test('files that are no export are refused with what is wrong, and nothing is done', async () => {
  const before = await listed('/workspaces')
  const cases: [string[], RegExp][] = [
    [['litellm', '--teams', file('bad.json', [{ team_alias: 'x' }])], /teams\.0\.team_id/],
    [['new-api', '--tokens', file('none.json', { data: [{ name: 3 }] })], /none\.json: 0\.name/],
    [['litellm'], /--config, --teams or --keys/],
    [['openrouter', '--from', 'http://127.0.0.1:9'], /OPENROUTER_MANAGEMENT_KEY/],
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await run(args)
    expect({ args, code, stdout, stderr }).toEqual({
      args,
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    })
  }
  expect(await listed('/workspaces')).toEqual(before)
})
