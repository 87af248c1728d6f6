import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const INSUFFICIENT_PRIVILEGE = '42501'
const DROP_ATTEMPTS = 100
const DROP_PAUSE_MS = 100

export interface TestDatabase {
  url: string
  /** Cuts all its connections. */
  drop(): Promise<void>
}

/** A new empty database `sw_test_<random>` on the server of `adminUrl`, whose role must have CREATEDB. */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `sw_test_${randomBytes(6).toString('hex')}`
  await execute(adminUrl, `CREATE DATABASE ${name}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropDatabase(adminUrl, name) }
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
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
