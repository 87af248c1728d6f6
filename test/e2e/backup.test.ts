import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Outcome, runSwitchyard } from '../harness/run-switchyard.ts'
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts'

/*
 * F16: what is written by `switchyard backup` comes back by `switchyard restore`, with the real program on each store.
 */

const IS_POSTGRES = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
/** Each has its row in the audit log. */
const CHANGES = 5
const SIM = { SWITCHYARD_SIM: 'on' }

let directory: string
/** Left as it is from its making on: each test has copies of what it needs. */
let source: Gateway
let workspaceId: string
let madeWhileServing: Outcome & { report: Report }
/** Where the first of them restores to. */
let machine: Machine
let restored: Gateway | undefined
const databases: TestDatabase[] = []

interface Report {
  rows: number
  ledger: unknown[]
  audit: { organization_id: string; sequence: string; hash: string; is_intact?: boolean }[]
}

function fileAt(name: string): string {
  return join(directory, name)
}

const environmentOf = ({ dataDir, databaseUrl }: { dataDir: string; databaseUrl: string | undefined }) => ({
  SWITCHYARD_DATA_DIR: dataDir,
  DATABASE_URL: databaseUrl,
})

async function run(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const outcome = await runSwitchyard(args, { env })
  const { data = {} } = outcome.stdout === '' ? {} : (JSON.parse(outcome.stdout) as { data?: object })
  return { ...outcome, report: data as Report }
}

interface Machine {
  dataDir: string
  databaseUrl: string | undefined
}

/** A machine with nothing but the secret. */
async function emptyMachine(): Promise<Machine> {
  const dataDir = mkdtempSync(fileAt('machine-'))
  copyFileSync(join(source.dataDir, 'secret'), join(dataDir, 'secret'))
  if (!IS_POSTGRES) return { dataDir, databaseUrl: undefined }
  const database = await createTestDatabase(process.env['DATABASE_URL'] ?? '')
  databases.push(database)
  return { dataDir, databaseUrl: database.url }
}

async function read(gateway: Gateway, path: string): Promise<unknown> {
  const { status, body } = await gateway.call('GET', `/api/v1${path}`)
  expect({ path, status }).toEqual({ path, status: 200 })
  return body
}

/** What people look at after a move: money, limits and rules. */
async function factsOf(gateway: Gateway) {
  const paths = [
    '/credits',
    `/keys?workspace_id=${workspaceId}`,
    '/workspaces',
    '/workspaces/research/budgets',
    '/guardrails',
    '/byok',
    '/activity',
  ]
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await read(gateway, path)] as const)))
}

async function ask(gateway: Gateway, key: string): Promise<void> {
  const body = { model: 'sim/lorem', messages: [{ role: 'user', content: 'one two three' }] }
  const { status } = await gateway.call('POST', '/api/v1/chat/completions', { key, body })
  expect(status).toBe(200)
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'backup-'))
  source = await startGateway({ env: SIM })
  const post = async (path: string, body: object) => {
    const { status, body: answer } = await source.call('POST', `/api/v1${path}`, { body })
    expect({ path, status, answer }).toMatchObject({ status: 201 })
    return answer as { data: { id: string } }
  }
  const { id: workspace_id } = (await post('/workspaces', { name: 'Research "1" \\ {x}', slug: 'research' })).data
  workspaceId = workspace_id
  await source.call('PUT', '/api/v1/workspaces/research/budgets/monthly', { body: { limit_usd: 12.5 } })
  await post('/guardrails', { name: 'Prices', workspace_id, limit_usd: 3, reset_interval: 'daily' })
  await post('/byok', { provider: 'openai', key: 'sk-0123456789abcdef0123456789abcdef', workspace_id })
  const key = await source.createKey({ name: 'ünïcode', limit: 5, rate_limit_rpm: 0, workspace_id })
  for (let count = 0; count < 20; count += 1) await ask(source, key)

  let isDone = false
  const load = (async () => {
    while (!isDone) await ask(source, key)
  })()
  madeWhileServing = await backUpWithAll()
  isDone = true
  await load
  const { code, stderr } = madeWhileServing
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^keep a copy of .*secret apart/) })
})

/** Of the embedded database the last seconds may be missing, so until the last change is in it. */
async function backUpWithAll(): Promise<typeof madeWhileServing> {
  for (;;) {
    rmSync(fileAt('serving'), { force: true })
    const outcome = await run(['backup', fileAt('serving')], environmentOf(source))
    const [head] = outcome.report.audit ?? []
    if (outcome.code !== 0 || Number(head?.sequence) >= CHANGES) return outcome
  }
}

afterEach(async () => {
  await restored?.stop()
})
afterAll(async () => {
  await source?.stop()
  for (const database of databases) await database.drop()
  rmSync(directory, { recursive: true, force: true })
})

async function startOn({ dataDir, databaseUrl }: Machine): Promise<Gateway> {
  const { managementKey } = source
  return await startGateway({ dataDir, managementKey, env: SIM, ...(databaseUrl !== undefined && { databaseUrl }) })
}

test('F16: a backup of what serves is of one moment: the sums fit, the log is intact, and it goes on where it is restored', async () => {
  machine = await emptyMachine()
  const { code, report } = await run(['restore', fileAt('serving')], environmentOf(machine))
  expect(code).toBe(0)
  expect(report).toMatchObject({ rows: madeWhileServing.report.rows, ledger: madeWhileServing.report.ledger })
  expect(report.audit).toEqual(madeWhileServing.report.audit.map((head) => ({ ...head, is_intact: true, fault: null })))
  restored = await startOn(machine)
  const { data } = (await read(restored, `/keys?workspace_id=${workspaceId}`)) as {
    data: { name: string; usage: number }[]
  }
  const { usage = 0 } = data.find(({ name }) => name === 'ünïcode') ?? {}
  const credits = (await read(restored, '/credits')) as { data: { total_usage: number } }
  expect(usage).toBeGreaterThan(0)
  expect(credits.data.total_usage).toBeCloseTo(usage, 9)
  const key = await restored.createKey({ name: 'new' })
  await ask(restored, key)
  const verified = await restored.call('POST', '/api/v1/audit-logs/verify', { body: {} })
  expect(verified.body).toMatchObject({ data: { is_intact: true } })
})

test('F16: restored on an empty machine, balances, limits and rules are the same to the last digit, and so is the end of the audit log', async () => {
  const facts = await factsOf(source)
  await source.stop({ keepData: true })
  const backup = await run(['backup', fileAt('stopped')], environmentOf(source))
  expect(backup.code).toBe(0)
  const other = await emptyMachine()
  const { code, report } = await run(['restore', fileAt('stopped')], environmentOf(other))
  expect({ code, report }).toMatchObject({
    code: 0,
    report: { rows: backup.report.rows, ledger: backup.report.ledger },
  })
  const heads = async (env: Readonly<Record<string, string | undefined>>) => {
    const { stdout } = await runSwitchyard(['audit', 'verify', '--offline'], { env })
    const { data } = JSON.parse(stdout) as { data: { is_intact: boolean; head: { sequence: number; hash: string } }[] }
    return data.map(({ is_intact, head: { sequence, hash } }) => ({ is_intact, sequence, hash }))
  }
  const wanted = await heads(environmentOf(source))
  expect(wanted).toMatchObject([{ is_intact: true, sequence: expect.any(Number) }])
  expect(await heads(environmentOf(other))).toEqual(wanted)
  restored = await startOn(other)
  expect(await factsOf(restored)).toEqual(facts)
})

test('an installation that is there is not restored over, unless that is asked for and nobody works with it', async () => {
  const env = environmentOf(machine)
  const again = await run(['restore', fileAt('serving')], env)
  expect(again).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('is not empty') })
  expect(await run(['restore', fileAt('serving'), '--replace'], env)).toMatchObject({ code: 0 })
  restored = await startOn(machine)
  const beside = await run(['restore', fileAt('serving'), '--replace'], env)
  expect(beside).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/in use|serves/) })
  expect(await run(['backup', fileAt('serving')], env)).toMatchObject({ code: 4 })
})

test('with another secret or none, and from a file that is cut off or no backup, nothing is restored and nothing is left behind', async () => {
  const empty = await emptyMachine()
  const env = environmentOf(empty)
  const other = await run(['restore', fileAt('serving')], { ...env, SWITCHYARD_SECRET: 'x'.repeat(40) })
  expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('SWITCHYARD_SECRET') })
  const whole = readFileSync(fileAt('serving'))
  const bad: [string, Buffer, RegExp][] = [
    ['cut-off', whole.subarray(0, whole.length - 50), /damaged/],
    ['without-end', gzipSync(gunzipSync(whole).toString().replace('{"end":true}\n', '')), /end is missing/],
    ['else', gzipSync('{}\n'), /no backup/],
    ['plain', Buffer.from('hello'), /no backup/],
  ]
  for (const [name, content, message] of bad) {
    writeFileSync(fileAt(name), content)
    const outcome = await run(['restore', fileAt(name)], env)
    expect({ name, ...outcome }).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(message) })
  }
  rmSync(join(empty.dataDir, 'secret'))
  const none = await run(['restore', fileAt('serving')], env)
  expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('SWITCHYARD_SECRET') })
  expect(readdirSync(empty.dataDir).filter((name) => !name.startsWith('lock.'))).toEqual([])
})
