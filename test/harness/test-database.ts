import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openDatabase } from '../../src/store/database.ts'

const INSUFFICIENT_PRIVILEGE = '42501'
const DROP_ATTEMPTS = 100
const DROP_PAUSE_MS = 100
const TEMPLATE = 'sw_template_'
/** Held by who copies a template, exclusively by who makes or drops one. Any number that nothing else locks. */
const TEMPLATE_LOCK = 7_201_331
const CHECKSUMS = join(import.meta.dirname, '../../src/store/migrations/checksums.json')

export interface TestDatabase {
  url: string
  /** Cuts all its connections. */
  drop(): Promise<void>
}

/** A new empty database `sw_test_<random>` on the server of `adminUrl`, whose role must have CREATEDB. */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = newName()
  await execute(adminUrl, `CREATE DATABASE ${name}`)
  return databaseAt(adminUrl, name)
}

function newName(): string {
  return `sw_test_${randomBytes(6).toString('hex')}`
}

function databaseAt(adminUrl: string, name: string): TestDatabase {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropDatabase(adminUrl, name) }
}

/** The same with the schema in it, copied from a database that is kept: a fifth of the time of its migrations. */
export async function createMigratedDatabase(adminUrl: string): Promise<TestDatabase> {
  const template = TEMPLATE + createHash('sha256').update(readFileSync(CHECKSUMS)).digest('hex').slice(0, 16)
  const name = newName()
  while (!(await copyTemplate(adminUrl, template, name))) await makeTemplate(adminUrl, template)
  return databaseAt(adminUrl, name)
}

/** False when there is no such template. */
async function copyTemplate(adminUrl: string, template: string, name: string): Promise<boolean> {
  return await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock_shared($1)', [TEMPLATE_LOCK])
    if (!(await listTemplates(client)).includes(template)) return false
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
    return true
  })
}

/** Beside it all templates of other schemas are dropped. */
async function makeTemplate(adminUrl: string, template: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const templates = await listTemplates(client)
    if (templates.includes(template)) return
    for (const other of templates) await client.query(`DROP DATABASE ${other}`)
    const { url } = await createTestDatabase(adminUrl)
    const database = await openDatabase({ databaseUrl: url, dataDir: '', onWarning: () => {}, onLockLost: () => {} })
    await database.close()
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} RENAME TO ${template}`)
  })
}

async function listTemplates(client: pg.Client): Promise<string[]> {
  const found = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [TEMPLATE],
  )
  return found.rows.map(({ datname }) => datname)
}

/** Again while autovacuum is in it, which PostgreSQL 15 lets only a superuser cut off ("insufficient privilege"). */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      return
    } catch (error) {
      if (attempt === DROP_ATTEMPTS || !(error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE))
        throw error
      await sleep(DROP_PAUSE_MS)
    }
  }
}

async function execute(url: string, sql: string): Promise<void> {
  await withClient(url, (client) => client.query(sql))
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
