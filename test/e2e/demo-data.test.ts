import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/switchyard')
let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', SWITCHYARD_BREAKER_COOLDOWN_MS: '0' } })
})
afterAll(() => gateway.stop())

async function demoData(...options: string[]) {
  const env = {
    PATH: process.env['PATH'],
    SWITCHYARD_URL: gateway.url,
    SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
  }
  const child = spawn(process.execPath, [PROGRAM, 'demo-data', ...options], { env })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as unknown, stdout, stderr }
}

async function list(path: string) {
  const { body } = await gateway.call('GET', path)
  return body as { data: Record<string, unknown>[]; total_count: number }
}

test('an empty installation is filled with workspaces, keys, rules, invitations and traffic, some of it refused', async () => {
  const { code, stdout, stderr } = await demoData('--requests', '150')
  expect({ code, stderr }).toMatchObject({ code: 0 })
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
