import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { runSwitchyard } from '../harness/run-switchyard.ts'

/*
 * `switchyard apply`: an organization becomes what a file declares, with the real program. Each test goes on from the one before.
 */

const ORGANIZATION = `
version: 1
custom_roles:
  - name: Reader
    permissions: [workspace:read, key:read]
workspaces:
  - slug: default
    io_logging_sampling_rate: 0.5
  - slug: research
    name: Research
    description: What comes next
    allowed_ips: [10.0.0.0/8, 192.168.1.7]
    budgets: { daily: 10, monthly: 100 }
    members:
      - { email: ada@example.com, role: developer }
      - { email: bob@example.com, role: Reader }
    projects:
      - slug: atlas
        name: Atlas
        budgets: { monthly: 40 }
    guardrails:
      - name: Everybody
        default: true
        allowed_providers: [sim]
      - name: Prices
        limit_usd: 3
        reset_interval: daily
        content_filter_builtins:
          - { slug: email, action: redact }
    keys:
      - name: ci
        limit: 20
        limit_reset: monthly
        allowed_models: [sim/*]
        project: atlas
        guardrail: Prices
        expires_at: 2030-01-01T00:00:00Z
      - { name: batch, disabled: true }
    destinations:
      - name: Traces
        type: webhook
        config: { url: 'https://traces.example.com/hook', headers: { authorization: Bearer a-secret-of-some-length } }
        keys: [ci]
`

let directory: string
let gateway: Gateway

interface Report {
  changes: { action: string; place: string; fields: Record<string, { from: unknown; to: unknown }> }[]
  refused: { place: string }[]
  undeclared: string[]
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'apply-'))
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
})
afterAll(async () => {
  await gateway.stop()
  rmSync(directory, { recursive: true })
})

async function apply(text: string, ...options: string[]) {
  const env = { SWITCHYARD_URL: gateway.url, SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey }
  const outcome = await runSwitchyard(['apply', '-f', '-', ...options], { env, stdin: text })
  const { data } = outcome.stdout === '' ? { data: undefined } : (JSON.parse(outcome.stdout) as { data: Report })
  return { ...outcome, report: data }
}

const keysFile = () => join(directory, 'keys.jsonl')

async function listed(path: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await gateway.call('GET', `/api/v1${path}`)
  expect({ path, status }).toEqual({ path, status: 200 })
  return (body as { data: Record<string, unknown>[] }).data
}

async function workspaceId(slug: string): Promise<string> {
  return String((await listed('/workspaces')).find((one) => one['slug'] === slug)?.['id'])
}

test('a dry run tells everything that would change, ends with 6 and changes nothing; no secret is printed', async () => {
  const before = await listed('/audit-logs')
  const { code, report, stdout, stderr } = await apply(ORGANIZATION, '--dry-run')
  expect(code).toBe(6)
  expect(report?.changes.map(({ action, place }) => `${action} ${place}`)).toEqual([
    'create custom_roles/Reader',
    'update default',
    'create research',
    'create research/budgets/monthly',
    'create research/budgets/daily',
    'create research/projects/atlas',
    'create research/projects/atlas/budgets/monthly',
    'create research/guardrails/Everybody',
    'create research/guardrails/Prices',
    'create research/keys/ci',
    'assign research/keys/ci',
    'create research/keys/batch',
    'create research/destinations/Traces',
    'invite research/members/ada@example.com',
    'invite research/members/bob@example.com',
  ])
  expect(stderr).toContain('~ default: io_logging_sampling_rate 1 → 0.5\n')
  expect(stdout + stderr).not.toContain('a-secret-of-some-length')
  expect((await listed('/workspaces')).map(({ slug }) => slug)).toEqual(['default'])
  expect((await listed('/audit-logs')).length - before.length).toBeLessThanOrEqual(1)
})

test('keys are not made where nobody would learn their secrets', async () => {
  const { code, stderr } = await apply(ORGANIZATION)
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('--keys-file') })
  expect((await listed('/workspaces')).length).toBe(1)
})

test('what was declared is there afterwards, the secrets of new keys work, and a second run changes nothing', async () => {
  const { code, stderr } = await apply(ORGANIZATION, '--keys-file', keysFile())
  expect({ code, last: stderr.split('\n').at(-2) }).toMatchObject({ code: 0, last: expect.stringContaining('bob@') })
  const id = await workspaceId('research')
  const keys = await listed(`/keys?workspace_id=${id}&include_disabled=true`)
  const project = (await listed('/workspaces/research/projects'))[0]
  expect(keys.find(({ name }) => name === 'ci')).toMatchObject({
    limit: 20,
    allowed_models: ['sim/*'],
    project_id: project?.['id'],
  })
  expect(keys.find(({ name }) => name === 'batch')).toMatchObject({ disabled: true })
  expect(await listed('/organization/invitations?status=pending')).toHaveLength(2)
  expect(statSync(keysFile()).mode & 0o777).toBe(0o600)
  const made = readFileSync(keysFile(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; key: string })
  const key = made.find(({ name }) => name === 'ci')?.key ?? ''
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] }
  expect((await gateway.call('POST', '/api/v1/chat/completions', { key, body })).status).toBe(403)

  const again = await apply(ORGANIZATION)
  expect(again).toMatchObject({ code: 0, report: { changes: [], refused: [], undeclared: [] } })
  expect(await apply(ORGANIZATION, '--dry-run')).toMatchObject({ code: 0, stderr: '' })
})

test('drift is found field by field and put right, budgets in an order that each step allows', async () => {
  const id = await workspaceId('research')
  const [prices] = (await listed(`/guardrails?workspace_id=${id}`)).filter(({ name }) => name === 'Prices')
  await gateway.call('PATCH', `/api/v1/guardrails/${prices?.['id']}`, { body: { limit_usd: 300 } })
  await gateway.createKey({ name: 'by hand', workspace_id: id })
  const raised = ORGANIZATION.replace('{ daily: 10, monthly: 100 }', '{ daily: 200, monthly: 1000 }').replace(
    '2030-',
    '2031-',
  )
  const drift = await apply(raised, '--dry-run')
  expect(drift).toMatchObject({
    code: 6,
    report: {
      changes: [
        { place: 'research/budgets/monthly', fields: { limit_usd: { from: 100, to: 1000 } } },
        { place: 'research/budgets/daily', fields: { limit_usd: { from: 10, to: 200 } } },
        { place: 'research/guardrails/Prices', fields: { limit_usd: { from: 300, to: 3 } } },
      ],
      refused: [{ place: 'research/keys/ci' }],
      undeclared: ['research/keys/by hand'],
    },
  })
  expect(await apply(raised)).toMatchObject({ code: 6 })
  const lowered = await apply(ORGANIZATION)
  expect(lowered).toMatchObject({
    code: 0,
    report: { changes: [{ place: 'research/budgets/daily' }, { place: 'research/budgets/monthly' }] },
  })
})

test('--prune deletes what is not declared in a list that is, and nothing else', async () => {
  const short = `
version: 1
workspaces:
  - slug: research
    keys: [{ name: ci }]
    budgets: { monthly: 100 }
`
  const { code, report } = await apply(short, '--prune')
  expect({ code, places: report?.changes.map(({ action, place }) => `${action} ${place}`).sort() }).toEqual({
    code: 0,
    places: ['delete research/budgets/daily', 'delete research/keys/batch', 'delete research/keys/by hand'],
  })
  const id = await workspaceId('research')
  expect((await listed(`/keys?workspace_id=${id}&include_disabled=true`)).map(({ name }) => name)).toEqual(['ci'])
  expect(await listed(`/guardrails?workspace_id=${id}`)).toHaveLength(2)
})

test('a name that stands for nothing is refused before anything is done', async () => {
  for (const [thing, name] of [
    ['keys: [{ name: k, guardrail: Nobody }]', 'guardrail Nobody'],
    ['keys: [{ name: k, project: nothing }]', 'project nothing'],
    ['destinations: [{ name: d, type: webhook, config: {}, keys: [none] }]', 'key none'],
    ['members: [{ email: eve@example.com, role: King }]', 'role King'],
  ]) {
    const outcome = await apply(`{ version: 1, workspaces: [{ slug: fourth, ${thing} }] }`, '--dry-run')
    expect(outcome).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining(`there is no ${name}`) })
  }
})

test('a file with mistakes is refused with each field that is wrong, and nothing is done', async () => {
  const bad = `
version: 1
workspaces:
  - slug: other
    colour: red
    budgets: { hourly: 3 }
    keys: [{ name: a, limit: -1 }, { name: a }]
`
  const { code, stdout, stderr } = await apply(bad)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  for (const field of ['colour', 'hourly', 'workspaces.0.keys.0.limit', 'names a thing twice'])
    expect(stderr).toContain(field)
  expect(await apply('version: [')).toMatchObject({ code: 2 })
  expect(await apply('version: 2')).toMatchObject({ code: 2, stderr: expect.stringContaining('version') })
  expect((await listed('/workspaces')).map(({ slug }) => slug)).not.toContain('other')
})

test('what the API refuses stops the run with the place and the reason, what was done stays, and the next run goes on', async () => {
  const unknown = `
version: 1
workspaces:
  - slug: third
    keys: [{ name: k }]
    budgets: { daily: 5, monthly: 1 }
`
  const file = join(directory, 'third.jsonl')
  writeFileSync(join(directory, 'there'), '')
  expect(await apply(unknown, '--keys-file', join(directory, 'there'))).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('EEXIST'),
  })
  const refused = await apply(unknown, '--keys-file', file)
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('third/budgets/daily: ') })
  const fixed = unknown.replace('monthly: 1 }', 'monthly: 9 }')
  rmSync(file)
  const { code, report } = await apply(fixed, '--keys-file', file)
  expect({ code, actions: report?.changes.map(({ place }) => place) }).toEqual({
    code: 0,
    actions: ['third/budgets/monthly', 'third/budgets/daily', 'third/keys/k'],
  })
})
