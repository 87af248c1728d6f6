import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { Gateway } from '../harness/gateway-process.ts'

/** Stops the gateway, works on its database directly, and starts it again. */
export async function withDatabase<T>(gateway: Gateway, work: (database: Database) => Promise<T>): Promise<T> {
  await gateway.stop({ keepData: true })
  const fail = (message: string): never => {
    throw new Error(message)
  }
  const database = await openDatabase({
    databaseUrl: gateway.databaseUrl,
    dataDir: resolve(gateway.dataDir),
    onWarning: fail,
    onLockLost: fail,
  })
  try {
    return await work(database)
  } finally {
    await database.close()
    await gateway.restart()
  }
}

/** Every row of every table, as text. */
export async function rowTexts({ kysely }: Database): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`.execute(kysely)
  const all: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`SELECT t::text AS text FROM ${sql.raw(name)} t`.execute(kysely)
    all.push(...rows.map(({ text }) => text))
  }
  return all
}

/** Paths of all files in the directory and those below. */
export function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter((path) => statSync(path).isFile())
}
