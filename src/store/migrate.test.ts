import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openEmbedded } from './embedded/open-embedded.ts'
import { MigrationRefused, migrate } from './migrate.ts'
import { openPostgres } from './postgres/open-postgres.ts'

interface Opened {
  db: Kysely<unknown>
  close: () => Promise<void>
}

const { DATABASE_URL } = process.env
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'migrations-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text)
}

async function openEmbeddedScratch(): Promise<Opened> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'migrate-'))
  const open = await openEmbedded<unknown>({ dataDirectory, onWarning: () => {}, onLockLost: () => {} })
  return {
    db: open.kysely,
    close: async () => {
      await open.close('')
      rmSync(dataDirectory, { recursive: true })
    },
  }
}

async function openPostgresScratch(): Promise<Opened> {
  const name = `sw_test_${randomBytes(6).toString('hex')}`
  const administer = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: DATABASE_URL })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await administer(`CREATE DATABASE ${name}`)
  const url = new URL(`/${name}`, DATABASE_URL)
  const open = await openPostgres<unknown>({ databaseUrl: url.href, onWarning: () => {} })
  return {
    db: open.kysely,
    close: async () => {
      await open.close()
      await administer(`DROP DATABASE ${name}`)
    },
  }
}

const MODES: readonly ['embedded' | 'postgres', () => Promise<Opened>][] = [
  ['embedded', openEmbeddedScratch],
  ...(DATABASE_URL === undefined ? [] : [['postgres', openPostgresScratch] as ['postgres', () => Promise<Opened>]]),
]

describe.each(MODES)('on the %s database', (_mode, open) => {
  let opened: Opened

  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())
  afterEach(async () => {
    await sql`DROP SCHEMA public CASCADE`.execute(opened.db)
    await sql`CREATE SCHEMA public`.execute(opened.db)
  })

  const run = (): Promise<readonly string[]> => migrate(opened.db, { directory })
  const tables = async (): Promise<string[]> => {
    const found = await sql<{
      name: string
    }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`.execute(opened.db)
    return found.rows.map(({ name }) => name).sort()
  }

  test('all files are applied once, in order, and a rerun does nothing', async () => {
    write('0001_first.sql', 'CREATE TABLE a (n integer);\nINSERT INTO a VALUES (1);')
    write('0002_second.sql', 'ALTER TABLE a ADD m integer; -- two; statements\nUPDATE a SET m = n + 1;')
    expect(await run()).toEqual(['0001_first', '0002_second'])
    expect(await run()).toEqual([])
    write('0003_third.sql', `CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1; $$;`)
    expect(await run()).toEqual(['0003_third'])
    expect((await sql`SELECT n, m, f() FROM a`.execute(opened.db)).rows).toEqual([{ n: 1, m: 2, f: 1 }])
  })

  test('a file that fails leaves nothing of itself, keeps those before it, and is named', async () => {
    write('0001_good.sql', 'CREATE TABLE a (n integer);')
    write('0002_bad.sql', 'CREATE TABLE b (n integer); SELECT 1 / 0;')
    await expect(run()).rejects.toThrow(/0002_bad failed and was rolled back: .*division by zero/)
    expect(await tables()).toEqual(['a', 'schema_migration'])
    write('0002_bad.sql', 'CREATE TABLE b (n integer);')
    expect(await run()).toEqual(['0002_bad'])
  })

  test('a file that was changed after it was applied is refused before anything is done', async () => {
    write('0001_first.sql', 'CREATE TABLE a (n integer);')
    await run()
    write('0001_first.sql', 'CREATE TABLE a (n bigint);')
    write('0002_second.sql', 'CREATE TABLE b (n integer);')
    await expect(run()).rejects.toThrow(/0001_first is not the file that was applied/)
    expect(await tables()).toEqual(['a', 'schema_migration'])
  })

  test('the same file with other line endings is the same', async () => {
    write('0001_first.sql', 'CREATE TABLE a (\nn integer);\n')
    await run()
    write('0001_first.sql', 'CREATE TABLE a (\r\nn integer);\r\n')
    expect(await run()).toEqual([])
  })

  test('a database of a newer version is refused', async () => {
    write('0001_first.sql', 'CREATE TABLE a (n integer);')
    write('0002_second.sql', 'CREATE TABLE b (n integer);')
    await run()
    rmSync(join(directory, '0002_second.sql'))
    await expect(run()).rejects.toThrow(/0002_second, which this version does not know/)
  })

  test('what must happen before a change happens only when a database with data is about to change', async () => {
    const events: string[] = []
    const beforeChange = async (): Promise<void> => {
      events.push((await tables()).join())
    }
    write('0001_first.sql', 'CREATE TABLE a (n integer);')
    await migrate(opened.db, { directory, beforeChange })
    await migrate(opened.db, { directory, beforeChange })
    write('0002_second.sql', 'CREATE TABLE b (n integer);')
    write('0003_third.sql', 'CREATE TABLE c (n integer);')
    await migrate(opened.db, { directory, beforeChange })
    expect(events).toEqual(['a,schema_migration'])
  })

  test('of several runners at once each file is applied by exactly one, and all end well', async () => {
    for (let n = 1; n <= 5; n++) write(`000${n}_m.sql`, `SELECT pg_sleep(0.02); CREATE TABLE t${n} (n integer);`)
    const results = await Promise.all([run(), run(), run(), run()])
    expect(results.flat().sort()).toEqual(['0001_m', '0002_m', '0003_m', '0004_m', '0005_m'])
  })
})

describe.skipIf(DATABASE_URL === undefined)('while others use a table on PostgreSQL', () => {
  let opened: Opened
  const newTable = 'CREATE TABLE a (n integer); INSERT INTO a VALUES (1);'

  beforeEach(async () => {
    opened = await openPostgresScratch()
    write('0001_first.sql', newTable)
    await migrate(opened.db, { directory })
    write('0002_second.sql', 'CREATE TABLE b (n integer); ALTER TABLE a ADD m integer;')
  })
  afterEach(() => opened.close())

  /** Somebody who has read the table in a transaction that goes on until `done`. */
  async function readOn(done: Promise<void>): Promise<{ ended: Promise<void> }> {
    return await new Promise((resolve, reject) => {
      const ended = opened.db.transaction().execute(async (tx) => {
        await sql`SELECT * FROM a`.execute(tx)
        resolve({ ended })
        await done
      })
      ended.catch(reject)
    })
  }

  const isWaiting = async (): Promise<boolean> => {
    const { rows } = await sql`SELECT FROM pg_locks WHERE NOT granted AND relation = 'a'::regclass`.execute(opened.db)
    return rows.length > 0
  }

  test('a migration that waits for it lets others in again and again, and is applied when it is free', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { ended } = await readOn(promise)
    let isOver = false
    const migrating = migrate(opened.db, { directory }).finally(() => {
      isOver = true
    })
    for (let times = 0; times < 2; times += 1) {
      await expect.poll(isWaiting, { interval: 5, timeout: 10_000 }).toBe(true)
      expect((await sql`SELECT n FROM a`.execute(opened.db)).rows).toEqual([{ n: 1 }])
      expect(isOver).toBe(false)
    }
    resolve()
    expect(await migrating).toEqual(['0002_second'])
    await ended
  })

  test('a migration that never gets it is named, and leaves nothing of itself', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { ended } = await readOn(promise)
    await expect(migrate(opened.db, { directory, lockAttempts: 2 })).rejects.toThrow(
      /0002_second failed and was rolled back: .*lock timeout/,
    )
    resolve()
    await ended
    expect((await sql`SELECT to_regclass('b')::text AS b`.execute(opened.db)).rows).toEqual([{ b: null }])
    expect(await migrate(opened.db, { directory })).toEqual(['0002_second'])
  })
})

test.each([
  ['a gap', ['0001_a.sql', '0003_c.sql']],
  ['a number twice', ['0001_a.sql', '0001_b.sql']],
  ['another form', ['0001_a.sql', '2_b.sql']],
])('%s in the file names is refused', async (_name, names) => {
  for (const name of names) write(name, 'SELECT 1;')
  const untouched = {} as Kysely<unknown>
  await expect(migrate(untouched, { directory })).rejects.toThrow(MigrationRefused)
})
