import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { runSwitchyard } from '../harness/run-switchyard.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

/*
 * `switchyard reconcile` with the real program: three requests of 0.01 dollars on the installation's credential, of which the provider said
 * 0.0099 each, and one on a customer's own.
 */

const SAID = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, cost: 0.0099 }
let upstream: ScriptedUpstream
let gateway: Gateway
let directory: string
let day: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reconcile-'))
  upstream = await startScriptedUpstream(() => ({ usage: 'always', usageBody: SAID }))
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  const key = await gateway.createKey()
  for (let made = 0; made < 3; made += 1) day = await dayOf(await chat(gateway, key, { model: 'alpha/flat' }))
  const workspace_id = String((await manageAt(gateway, 'POST', 'workspaces', { name: 'Own', slug: 'own' }))['id'])
  await manageAt(gateway, 'POST', 'byok', { provider: 'alpha', key: 'sk-own-0123456789abcdefgh', workspace_id })
  await chat(gateway, await gateway.createKey({ workspace_id }), { model: 'alpha/flat' })
  await vi.waitFor(async () => expect(await usedRequests()).toBe(4), { timeout: 10_000 })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  rmSync(directory, { recursive: true })
})

async function dayOf(answer: Awaited<ReturnType<typeof chat>>): Promise<string> {
  const { created_at } = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
  return String(created_at).slice(0, 10)
}

/** As the daily sums know them. */
async function usedRequests(): Promise<unknown> {
  const body = { metrics: ['request_count'], granularity: 'day' }
  const { data } = await manageAt(gateway, 'POST', 'analytics/query', body)
  return (data as { request_count: number }[]).reduce((sum, { request_count }) => sum + request_count, 0)
}

interface Report {
  data: Record<string, unknown>[]
  summary: string
}

async function run(
  bill: string,
  args: readonly string[] = [],
  { provider = 'alpha', key = gateway.managementKey } = {},
) {
  const file = join(directory, 'bill')
  writeFileSync(file, bill)
  const env = { SWITCHYARD_URL: gateway.url, SWITCHYARD_MANAGEMENT_KEY: key }
  const line = ['reconcile', '--provider', provider, '--month', day.slice(0, 7), '--file', file, ...args]
  const { code, stdout, stderr } = await runSwitchyard(line, { env })
  return { code, stderr, stdout, report: stdout.startsWith('{') ? (JSON.parse(stdout) as Report) : undefined }
}

const billOf = (cost: number | string, more = '') => `date,model,cost_usd\n${day},flat,${cost}\n${more}`

test('a bill within the tolerance ends with 0 and tells each day and model, and how near both are', async () => {
  const { code, report, stderr } = await run(billOf('0.0299'))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(report).toMatchObject({
    summary: 'accounted within 0.34 % (ours $0.03, theirs $0.0299)',
    accounted_within_percent: 0.34,
    is_within_tolerance: true,
    ours_usd: 0.03,
    theirs_usd: 0.0299,
    difference_usd: 0.0001,
    reported_usd: 0.0297,
    not_compared_usd: FLAT_PRICE_USD,
    other_months_rows: 0,
  })
  expect(report?.data).toEqual([
    {
      ...{ date: day, model: 'alpha/flat', ours_usd: 0.03, theirs_usd: 0.0299, difference_usd: 0.0001 },
      ...{ only: null, reported_usd: 0.0297 },
    },
  ])
})

test('a bill further away ends with 6, or with 0 where so much is allowed', async () => {
  expect(await run(billOf('0.02'))).toMatchObject({ code: 6, report: { accounted_within_percent: 50 } })
  expect(await run(billOf('0.02'), ['--tolerance', '50'])).toMatchObject({ code: 0 })
  expect(await run(billOf('0.02'), ['--tolerance', '49.9999'])).toMatchObject({ code: 6 })
})

test('what only one side has is listed, and other months are told of', async () => {
  const { code, report } = await run(`date,model,cost_usd\n${day},unheard,0.01\n2001-01-31,flat,5\n`)
  expect(code).toBe(6)
  expect(report).toMatchObject({ other_months_rows: 1, other_months_usd: 5, difference_usd: 0.02 })
  expect(report?.data).toMatchObject([
    { model: 'alpha/flat', ours_usd: 0.03, theirs_usd: null, only: 'ours' },
    { model: 'unheard', ours_usd: null, theirs_usd: 0.01, only: 'theirs' },
  ])
  const mapped = await run(billOf(0, `${day},unheard,0.03\n`), ['--map', 'unheard=alpha/flat'])
  expect(mapped).toMatchObject({ code: 0, report: { data: [{ model: 'alpha/flat', theirs_usd: 0.03, only: null }] } })
})

test('a bill of nothing accounts for nothing', async () => {
  expect(await run('date,model,cost_usd\n')).toMatchObject({
    code: 6,
    report: { accounted_within_percent: null, summary: expect.stringContaining('not accounted for') },
  })
})

test("what ran on customers' own credentials is compared when asked for", async () => {
  const { code, report } = await run(billOf(FLAT_PRICE_USD), ['--byok', '--tolerance', '0'])
  expect({ code, report }).toMatchObject({ code: 0, report: { ours_usd: FLAT_PRICE_USD, not_compared_usd: 0.03 } })
})

test('people get a table and the line', async () => {
  const { stdout } = await run(billOf('0.03'), ['--table'])
  expect(stdout).toContain('accounted within 0 %')
  expect(stdout).toMatch(/DATE\s+.*MODEL|MODEL\s+.*DATE/)
})

test.each<[string, string, string[], RegExp]>([
  ['a line that cannot be read', 'date,cost_usd\n2026-10-01,much\n', [], /^line 2, column cost_usd: "much"/],
  ['a month that is none', 'date,cost_usd\n', ['--month', '2026-13'], /^--month/],
  ['a tolerance that is none', 'date,cost_usd\n', ['--tolerance', '-1'], /^--tolerance/],
  ['a map of nothing', 'date,cost_usd\n', ['--map', 'flat'], /^--map/],
  ['a file that is not there', '', ['--file', '/nowhere/bill.csv'], /^--file/],
  ['an unknown format', '', ['--format', 'paper'], /--format/],
])('%s is a mistake in the line', async (_name, bill, args, message) => {
  expect(await run(bill, args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})

test('a provider that is not there is a mistake, and a key that may not read is refused', async () => {
  expect(await run(billOf(1), [], { provider: 'nobody' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody'),
  })
  expect(await run(billOf(1), [], { key: await gateway.createKey() })).toMatchObject({ code: 4, stdout: '' })
})
