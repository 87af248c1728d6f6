import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DEMO_PAST_MODELS } from '../../src/cli/demo-plan.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/switchyard')
const PAST_PROVIDERS = new Set<unknown>(DEMO_PAST_MODELS.map(({ provider }) => provider))
const WAIT = { timeout: 100_000, interval: 500 }
let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', SWITCHYARD_BREAKER_COOLDOWN_MS: '0' } })
})
afterAll(() => gateway.stop())

const demoData = (...options: string[]) => run('demo-data', ...options)

async function run(...words: string[]) {
  const env = {
    PATH: process.env['PATH'],
    SWITCHYARD_URL: gateway.url,
    SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
    SWITCHYARD_DATA_DIR: gateway.dataDir,
    DATABASE_URL: gateway.databaseUrl,
  }
  const child = spawn(process.execPath, [PROGRAM, ...words], { env })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as unknown, stdout, stderr }
}

async function list(path: string) {
  const { body } = await gateway.call('GET', path)
  return body as { data: Record<string, unknown>[]; total_count: number }
}

test('an empty installation is filled with workspaces, keys, rules, invitations and traffic, some of it refused', async () => {
  const { code, stdout, stderr } = await demoData('--requests', '150')
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
  const report = JSON.parse(stdout) as { workspaces: { slug: string; spent_usd: number }[]; requests: object }
  expect(report).toMatchObject({ invitations: 7, requests: { 200: expect.any(Number), 403: expect.any(Number) } })
  expect(Object.values(report.requests).reduce((sum: number, count: number) => sum + count, 0)).toBe(150)
  const workspaces = (await list('/api/v1/workspaces')).data
  expect(workspaces.map(({ slug }) => slug).sort()).toEqual(['default', 'platform', 'research', 'support'])
  for (const { slug, spent_usd } of report.workspaces) {
    expect(spent_usd).toBeGreaterThan(0)
    const { data } = await list(`/api/v1/workspaces/${slug}/budgets`)
    expect(data).toEqual([expect.objectContaining({ reset_interval: 'monthly' })])
  }
  const support = workspaces.find(({ slug }) => slug === 'support')?.['id']
  expect((await list(`/api/v1/guardrails?workspace_id=${support}`)).total_count).toBe(1)
})

test('members have keys of their own, and a guardrail, a dead key and a budget have left their traces', async () => {
  const { data: workspaces } = await list('/api/v1/workspaces')
  const members = (await list('/api/v1/organization/members')).data
  expect(members).toHaveLength(5)
  expect(members).toContainEqual(expect.objectContaining({ first_name: 'Lucía', last_name: 'Romero' }))
  for (const { id, slug } of workspaces.filter((one) => one['slug'] !== 'default')) {
    const where = `workspace_id=${id}`
    const keys = (await list(`/api/v1/keys?${where}`)).data
    expect([slug, keys.some(({ creator_user_id }) => creator_user_id !== null)]).toEqual([slug, true])
    const counts = ['byok', 'presets', 'observability/destinations', 'alert-channels'].map(
      async (path) => (await list(`/api/v1/${path}?${where}`)).total_count,
    )
    expect([slug, ...(await Promise.all(counts))]).toEqual([slug, 2, 2, 1, 1])
    const projects = (await list(`/api/v1/workspaces/${id}/projects`)).data
    for (const project of projects)
      expect((await list(`/api/v1/workspaces/${id}/projects/${project['slug']}/budgets`)).data).toHaveLength(1)
  }
  const { data: refused } = await list('/api/v1/logs?outcome=refused&status=403&limit=1')
  expect(refused).toEqual([
    expect.objectContaining({ error: expect.objectContaining({ message: expect.any(String) }) }),
  ])
  const told = async () => (await list('/api/v1/alerts?limit=100')).data.map(({ kind }) => kind)
  await vi.waitFor(async () => expect(await told()).toEqual(expect.arrayContaining(['budget', 'rejected_key'])), WAIT)
})

test('what is stopped is given a past once, of which counters, roll-ups, budgets and the audit log know', async () => {
  const before = (await list('/api/v1/workspaces/research/budgets')).data
  expect(await run('demo-history')).toMatchObject({ code: 3, stdout: '' })
  await gateway.stop({ keepData: true })
  const { code, stdout, stderr } = await run('demo-history', '--requests', '400', '--days', '9')
  const second = await run('demo-history', '--requests', '400')
  await gateway.restart()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(second).toEqual({
    code: 4,
    stdout: '',
    stderr: 'there is a past of demo-history already; it is given once\n',
  })
  const report = JSON.parse(stdout) as { requests: number; workspaces: { slug: string; spent_usd: number }[] }
  expect(report.requests).toBe(400)
  const { body } = await gateway.call('POST', '/api/v1/analytics/query', {
    body: { metrics: ['request_count', 'total_usage'], dimensions: ['provider'], granularity: 'day' },
  })
  const rows = (body as { data: { data: Record<string, string | number>[] } }).data.data
  const past = rows.filter(({ provider }) => PAST_PROVIDERS.has(provider ?? ''))
  expect(past.reduce((sum, row) => sum + Number(row['request_count']), 0)).toBe(400)
  expect(new Set(past.map(({ date__day }) => date__day)).size).toBeGreaterThan(5)
  expect(new Set(past.map(({ provider }) => provider)).size).toBeGreaterThan(3)
  for (const { slug, spent_usd } of report.workspaces) {
    const [budget] = (await list(`/api/v1/workspaces/${slug}/budgets`)).data
    expect([slug, Number(budget?.['remaining_usd']) > 0, spent_usd > 0.01]).toEqual([slug, true, true])
  }
  const [budget] = (await list('/api/v1/workspaces/research/budgets')).data
  expect([budget]).not.toEqual(before)
  const { data: acts } = await list('/api/v1/audit-logs?action=upsertWorkspaceBudget&limit=3')
  expect(acts.map(({ actor_kind }) => actor_kind)).toEqual(['system', 'system', 'system'])
  const ofResearch = acts.find(({ resource_id }) => resource_id === budget?.['id'])
  expect(ofResearch).toMatchObject({
    before: { limit_usd: before[0]?.['limit_usd'] },
    after: { limit_usd: budget?.['limit_usd'] },
  })
  const verified = await gateway.call('POST', '/api/v1/audit-logs/verify', { body: {} })
  expect(verified.body).toMatchObject({ data: { is_intact: true } })
  expect((await list('/api/v1/credits')).data).toMatchObject({ total_usage: expect.any(Number) })
})

test('one that is not empty is left as it is, with exit 4, unless that is asked for', async () => {
  const before = await list('/api/v1/workspaces')
  expect(await demoData()).toEqual({
    code: 4,
    stdout: '',
    stderr: 'the organization has 4 workspaces already; --anyway adds to them\n',
  })
  expect(await list('/api/v1/workspaces')).toEqual(before)
  const again = await demoData('--anyway', '--requests', '0')
  expect({ code: again.code, report: JSON.parse(again.stdout) as unknown }).toMatchObject({
    code: 0,
    report: { workspaces: [{ slug: 'research-4', spent_usd: 0 }, {}, {}], invitations: 7, requests: {} },
  })
})

test('a number that is none is a mistake in the line', async () => {
  expect(await demoData('--requests', 'many')).toMatchObject({ code: 2, stdout: '' })
})
