import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { runSwitchyard, SWITCHYARD_PROGRAM } from '../harness/run-switchyard.ts'
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts'

/*
 * `switchyard migrate-store`, with the real program: from an embedded database that was killed to an empty PostgreSQL.
 */

const ADMIN_URL = process.env['DATABASE_URL']
const SIM = { SWITCHYARD_SIM: 'on' }
const REQUESTS = 30
const SPENT_USD = 0.00393

let source: Gateway | undefined
let moved: Gateway | undefined
let target: TestDatabase | undefined
afterEach(async () => {
  await moved?.stop()
  await source?.stop()
  await target?.drop()
})

async function ask(gateway: Gateway, key: string): Promise<number> {
  const body = { model: 'sim/lorem', messages: [{ role: 'user', content: 'one two three' }] }
  return (await gateway.call('POST', '/api/v1/chat/completions', { key, body })).status
}

interface Money {
  data: {
    total_usage?: number
    name?: string
    usage?: number
    limit?: number
    spent_usd?: number
    limit_usd?: number
  }[]
}

/** What was spent and what is allowed; not what is held at the moment. */
async function moneyOf(gateway: Gateway) {
  const paths = ['/api/v1/credits', '/api/v1/keys', '/api/v1/workspaces/default/budgets']
  const answers = await Promise.all(paths.map(async (path) => (await gateway.call('GET', path)).body as Money))
  return answers.map(({ data }) =>
    [data].flat().map(({ total_usage, name, usage, limit, spent_usd, limit_usd }) => {
      return { total_usage, name, usage, limit, spent_usd, limit_usd }
    }),
  )
}

async function count(url: string, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`)
    return rows[0]?.rows ?? 0
  } finally {
    await client.end()
  }
}

/** Runs the command and kills it as soon as the schema is there, when rows begin to come. */
async function runUntilKilled(to: string, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [SWITCHYARD_PROGRAM, 'migrate-store', '--to', to], {
    env: { PATH: process.env['PATH'], SWITCHYARD_DATA_DIR: dataDir },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  const isSchemaThere = () =>
    count(to, 'sign_in_try').then(
      () => true,
      () => false,
    )
  while (child.exitCode === null && !(await isSchemaThere())) await sleep(5)
  child.kill('SIGKILL')
  await exited
}

test.skipIf(ADMIN_URL === undefined)(
  'what a killed gateway had comes over whole, an interrupted move leaves both sides as they were, and the old database is never taken up by mistake',
  async () => {
    source = await startGateway({ store: 'embedded', env: SIM })
    const { dataDir, managementKey } = source
    const key = await source.createKey({ name: 'before', limit: 3 })
    await source.call('PUT', '/api/v1/workspaces/default/budgets/monthly', { body: { limit_usd: 9 } })
    for (let sent = 0; sent < REQUESTS; sent += 1) expect(await ask(source, key)).toBe(200)
    const running = source
    await expect.poll(async () => (await moneyOf(running))[0]?.[0]?.total_usage).toBe(SPENT_USD)
    const money = await moneyOf(source)
    const env = { SWITCHYARD_DATA_DIR: dataDir }
    target = await createTestDatabase(ADMIN_URL ?? '')

    const busy = await runSwitchyard(['migrate-store', '--to', target.url], { env })
    expect(busy).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('in use by process') })
    await source.kill9()
    expect(await runSwitchyard(['migrate-store'], { env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--to'),
    })
    await runUntilKilled(target.url, dataDir)
    expect(await count(target.url, 'installation')).toBe(0)
    expect(existsSync(join(dataDir, 'moved.json'))).toBe(false)

    const { code, stdout, stderr } = await runSwitchyard(['migrate-store', '--to', target.url], { env })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { data } = JSON.parse(stdout) as { data: { rows: number; audit: { is_intact: boolean }[] } }
    expect(data).toMatchObject({ audit: [{ is_intact: true }], ledger: [{ entries: expect.any(String) }] })
    expect(await count(target.url, 'generation')).toBe(REQUESTS)
    const again = await runSwitchyard(['migrate-store', '--to', target.url], { env })
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/was moved to PostgreSQL at .*sw_test_/) })
    const old = await runSwitchyard(['start'], { env: { ...env, PORT: '0' } })
    expect(old).toMatchObject({ code: 1, stderr: expect.stringContaining('Start with DATABASE_URL') })

    moved = await startGateway({ databaseUrl: target.url, dataDir, managementKey, env: SIM })
    expect(await moneyOf(moved)).toEqual(money)
    expect(await ask(moved, key)).toBe(200)
  },
)

test.skipIf(ADMIN_URL === undefined)('a PostgreSQL that has something in it is not moved into', async () => {
  source = await startGateway({ store: 'embedded' })
  await source.stop({ keepData: true })
  moved = await startGateway({ store: 'postgres' })
  const env = { SWITCHYARD_DATA_DIR: source.dataDir, DATABASE_URL: moved.databaseUrl }
  expect(await runSwitchyard(['migrate-store'], { env })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('serves'),
  })
  await moved.stop({ keepData: true })
  expect(await runSwitchyard(['migrate-store'], { env })).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('not empty'),
  })
})
