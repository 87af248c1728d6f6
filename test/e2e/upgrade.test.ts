import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bundledProduct } from '../harness/bundled-product.ts'
import { type ClockShift, createClockShift } from '../harness/clock-shift.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { EMBEDDED_FLAGS } from '../harness/run-switchyard.ts'
import { type ServerProcess, startServerProcess } from '../harness/server-process.ts'
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts'
import {
  listReleased,
  loadReleased,
  madeAt,
  type Place,
  RELEASED_KEY,
  RELEASED_SECRET,
  type Release,
  type RowsByTable,
  readRows,
  withDatabase,
} from '../released/released-data.ts'
import { nano } from './chat-client.ts'

/*
 * F15: the schema and the data of each release, and of versions before the first one, are brought to the newest schema by the
 * program as it starts, also where it is killed meanwhile or where several start at once.
 */

const ROOT = join(import.meta.dirname, '../..')
const IS_POSTGRES = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const MIGRATIONS = readdirSync(join(ROOT, 'src/store/migrations')).filter((name) => name.endsWith('.sql')).length
const RELEASES = listReleased()
const FIRST: Release = RELEASES[0] ?? { version: 'none', path: '' }
const ENV = { SWITCHYARD_SECRET: RELEASED_SECRET, SWITCHYARD_SIM: 'on' }
const FIRST_START_AFTER_MS = 60_000
/** What a start and its loops write anew; nothing that anybody keeps. */
const WRITTEN_BY_A_START = new Set([
  ...['replica', 'follower', 'follower_version', 'setup_token', 'lease'],
  // Summed up now and then.
  'broadcast_count',
])

interface Step {
  release: Release
  /** Undefined: all of the release. */
  upTo: number | undefined
}

/** Each release as it was, and what the migrations before the first one leave a database with. */
function steps(): Step[] {
  const some = IS_POSTGRES ? [1, 15, 34] : [1]
  const all = Array.from({ length: MIGRATIONS - 1 }, (_, at) => at + 1)
  const earlier = (isFullSize ? all : some).map((upTo) => ({ release: FIRST, upTo }))
  return [...earlier, ...RELEASES.map((release) => ({ release, upTo: undefined }))]
}

const nameOf = ({ release, upTo }: Step) => (upTo === undefined ? `${release.version}` : `migration ${upTo}`)

let directory: string
/** As if a start came right after the recording: what is kept for a time is still there. */
let clock: ClockShift
const databases: TestDatabase[] = []
const gateways: Gateway[] = []

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'upgrade-'))
  clock = createClockShift(madeAt(FIRST) + FIRST_START_AFTER_MS - Date.now())
})
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop()
  for (const database of databases.splice(0)) await database.drop()
})
afterAll(() => {
  clock.remove()
  rmSync(directory, { recursive: true, force: true })
})

async function newPlace(): Promise<Place> {
  const dataDir = newDirectory()
  if (!IS_POSTGRES) return { dataDir }
  const database = await createTestDatabase(String(process.env['DATABASE_URL']))
  databases.push(database)
  return { dataDir, databaseUrl: database.url }
}

function newDirectory(): string {
  return join(mkdtempSync(join(directory, 'place-')), 'data')
}

/** For a start that deletes nothing because of its age: PostgreSQL has a clock of its own, but there is a role that never deletes. */
const keeping = () => (IS_POSTGRES ? { SWITCHYARD_ROLE: 'gateway' } : clock.env)

async function start(place: Place, env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const { dataDir, databaseUrl } = place
  const gateway = await startGateway({
    ...{ dataDir, managementKey: RELEASED_KEY, env: { ...ENV, ...env } },
    ...(databaseUrl !== undefined && { databaseUrl }),
  })
  gateways.push(gateway)
  return gateway
}

/** The names of the migrations that a process says it has applied. */
function migratedBy({ stdout }: { stdout: readonly string[] }): string[] {
  const lines = stdout.filter((line) => line.includes('"store_opened"'))
  return lines.flatMap((line) => (JSON.parse(line) as { migrated: string[] }).migrated)
}

interface Applied {
  number: number
  applied_at: Date
}

/** What a stopped installation has, with the columns that `before` has. */
async function look(place: Place, before: RowsByTable): Promise<{ rows: RowsByTable; applied: Applied[] }> {
  return await withDatabase(place, undefined, async ({ kysely }) => {
    const { rows: applied } = await sql<Applied>`
      SELECT number, applied_at FROM schema_migration ORDER BY number`.execute(kysely)
    return { applied, rows: await readRows(kysely, before) }
  })
}

/** Every row that was there is there as it was; migrations and a start may have added others. */
function expectNothingLost(before: RowsByTable, after: RowsByTable): void {
  for (const [name, { columns, rows }] of before) {
    if (WRITTEN_BY_A_START.has(name)) continue
    const now = after.get(name)
    const left = new Set(now?.rows)
    const lost = rows.filter((row) => !left.has(row))
    // A column that a later migration took away; the rows then differ in it alone.
    const gone = columns.filter((column) => now?.columns.includes(column) !== true)
    const isKnown = gone.length > 0 && now?.rows.length === rows.length
    expect({ name, lost: isKnown ? [] : lost }).toEqual({ name, lost: [] })
  }
}

/** What the ledger says that was used, in nano-dollars. */
function chargedIn(before: RowsByTable): bigint {
  const { columns = [], rows = [] } = before.get('ledger_entry') ?? {}
  const [kind, amount] = ['kind', 'amount_nano'].map((name) => columns.indexOf(name))
  const charges = rows.map((row) => row.slice(1, -1).split(',')).filter((values) => values[kind ?? -1] === 'charge')
  return charges.reduce((sum, values) => sum + BigInt(values[amount ?? -1] ?? ''), 0n)
}

/** The money, the log and the next request, as people meet them. */
async function expectAtWork(gateway: Gateway, before: RowsByTable): Promise<void> {
  const credits = await gateway.call('GET', '/api/v1/credits')
  const { total_usage: spent } = (credits.body as { data: { total_usage: number } }).data
  expect({ status: credits.status, spent: nano(spent) }).toEqual({ status: 200, spent: chargedIn(before) })
  const verified = await gateway.call('POST', '/api/v1/audit-logs/verify', { body: {} })
  expect(verified.body).toMatchObject({ data: { is_intact: true, fault: null } })
  const rows = before.get('audit_log')?.rows.length ?? 0
  expect((verified.body as { data: { rows_checked: number } }).data.rows_checked).toBeGreaterThanOrEqual(rows)
  const key = await gateway.createKey({ limit: 1 })
  const body = { model: 'sim/lorem', messages: [{ role: 'user', content: 'one two three' }] }
  expect(await gateway.call('POST', '/api/v1/chat/completions', { key, body })).toMatchObject({ status: 200 })
}

describe.each(steps())('F15', (step) => {
  test(`F15 from ${nameOf(step)} a start brings the newest schema, loses no row, and the next start changes nothing`, async () => {
    const place = await newPlace()
    const before = await loadReleased(step.release, place, step.upTo)
    const empty = [...before].filter(([, { rows }]) => rows.length === 0).map(([name]) => name)
    // Under an earlier schema a table may not take what the later one had in it.
    expect(empty.length).toBeLessThanOrEqual(step.upTo === undefined ? 0 : before.size / 5)
    const first = await start(place, keeping())
    if (step.upTo !== undefined) expect(migratedBy(first)).toHaveLength(MIGRATIONS - step.upTo)
    await first.stop({ keepData: true })
    const after = await look(place, before)
    expect(after.applied.map(({ number }) => number)).toEqual(Array.from({ length: MIGRATIONS }, (_, at) => at + 1))
    expectNothingLost(before, after.rows)

    const second = await start(place)
    expect(migratedBy(second)).toEqual([])
    await expectAtWork(second, before)
    await second.stop({ keepData: true })
    expect((await look(place, before)).applied).toEqual(after.applied)
  })
})

/** Starts the program and doesn't wait until it serves. */
async function startAndLeave({ dataDir, databaseUrl }: Place): Promise<ServerProcess & { stdout: string[] }> {
  const { program, compileCache } = await bundledProduct()
  const stdout: string[] = []
  const env = {
    ...{
      ...ENV,
      ...keeping(),
      HOST: '127.0.0.1',
      PORT: '0',
      SWITCHYARD_DATA_DIR: dataDir,
      NODE_COMPILE_CACHE: compileCache,
    },
    ...{ SWITCHYARD_DASHBOARD: 'built', SWITCHYARD_BYOK_PROVIDERS: 'none', SWITCHYARD_MANAGEMENT_KEY: RELEASED_KEY },
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  }
  const command: [string, ...string[]] = [process.execPath, ...(IS_POSTGRES ? [] : EMBEDDED_FLAGS), program]
  const server = await startServerProcess({ command, cwd: ROOT, env, stdout })
  return { ...server, stdout }
}

/** Migrations, and of each a table that it changes: who reads that meanwhile keeps it waiting. */
const CHANGED: readonly (readonly [string, number])[] = [
  ['workspace_member', 2],
  ['ledger_entry', 23],
  ['counter', 35],
  ['organization', 60],
]

/** Starts the program on PostgreSQL, and kills it where it waits in the midst of a migration. */
async function killInMigration(place: Place, table: string): Promise<void> {
  const reader = new pg.Client({ connectionString: place.databaseUrl })
  await reader.connect()
  try {
    await reader.query('BEGIN')
    await reader.query(`LOCK TABLE ${table} IN ACCESS SHARE MODE`)
    const server = await startAndLeave(place)
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass`
    await expect.poll(async () => (await reader.query(waiting)).rowCount, { interval: 10 }).toBe(1)
    await server.kill9()
  } finally {
    await reader.end()
  }
}

/** Starts the program on the embedded database, and kills it some time after its first line: before, within and after migrations. */
async function killWhenever(place: Place): Promise<void> {
  const server = await startAndLeave(place)
  await expect.poll(() => server.stdout.length, { interval: 5 }).toBeGreaterThan(0)
  await sleep(Math.random() * 1_500)
  await server.kill9()
}

test('F15 killed again and again in the midst of migrations, it goes on at the next start, and nothing is lost', async () => {
  const place = await newPlace()
  const before = await loadReleased(FIRST, place, 1)
  if (IS_POSTGRES) {
    for (const [table, number] of CHANGED) {
      await withDatabase(place, number - 1, async () => {})
      await killInMigration(place, table)
      const applied = await appliedIn(String(place.databaseUrl))
      expect({ table, applied }).toEqual({ table, applied: number - 1 })
    }
  } else {
    for (let times = 0; times < (isFullSize ? 40 : 2); times += 1) await killWhenever(place)
  }
  const gateway = await start(place, keeping())
  await gateway.stop({ keepData: true })
  const after = await look(place, before)
  expect(after.applied).toHaveLength(MIGRATIONS)
  expectNothingLost(before, after.rows)
  await expectAtWork(await start(place), before)
})

/** How many, once nobody works on any: what a killed process was in the midst of may end a moment after it. */
async function appliedIn(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const others = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    await expect.poll(async () => (await client.query(others)).rowCount, { interval: 20 }).toBe(0)
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM schema_migration')
    return rows[0]?.count ?? 0
  } finally {
    await client.end()
  }
}

test.skipIf(!IS_POSTGRES)(
  'F15 of several that start at once each migration is applied by one, and all serve',
  async () => {
    const place = await newPlace()
    const before = await loadReleased(FIRST, place, 1)
    const places = Array.from({ length: isFullSize ? 4 : 2 }, () => ({ ...place, dataDir: newDirectory() }))
    const started = await Promise.all(places.map((one) => start(one, keeping())))
    const numbers = started.flatMap(migratedBy).map((name) => Number(name.slice(0, 4)))
    expect(numbers.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: MIGRATIONS - 1 }, (_, at) => at + 2),
    )
    await Promise.all(started.map((gateway) => gateway.stop({ keepData: true })))
    expectNothingLost(before, (await look(place, before)).rows)
    await expectAtWork(await start(place), before)
  },
)
