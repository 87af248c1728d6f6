import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { SessionHeld } from './embedded/session-guard.ts'
import { DatabaseUnreachable } from './postgres/open-postgres.ts'

const { DATABASE_URL } = process.env
const dataDir = mkdtempSync(join(tmpdir(), 'database-'))
const scratchName = `sw_test_${randomBytes(6).toString('hex')}`

beforeAll(() => administer(`CREATE DATABASE ${scratchName}`))
afterAll(async () => {
  rmSync(dataDir, { recursive: true })
  await administer(`DROP DATABASE IF EXISTS ${scratchName}`)
})

/** Nothing without a PostgreSQL. */
async function administer(statement: string): Promise<void> {
  if (DATABASE_URL === undefined) return
  const client = new Client({ connectionString: DATABASE_URL })
  await client.connect()
  await client.query(statement)
  await client.end()
}

function open(databaseUrl?: string): Promise<Database> {
  return openDatabase({ databaseUrl, dataDir, onWarning: () => {}, onLockLost: () => {} })
}

function scratchUrl(): string {
  const url = new URL(DATABASE_URL ?? '')
  url.pathname = scratchName
  return url.href
}

const MODES: readonly ('embedded' | 'postgres')[] = DATABASE_URL === undefined ? ['embedded'] : ['embedded', 'postgres']

/** What each SQL expression becomes. */
const READ: readonly [expression: string, value: unknown][] = [
  ['9007199254740993::int8', 9_007_199_254_740_993n],
  ['(-9223372036854775808)::int8', -9_223_372_036_854_775_808n],
  ['(sum(n))::bigint FROM generate_series(1, 3) AS n', 6n],
  ['count(*) FROM generate_series(1, 3)', 3n],
  ['7::int2', 7],
  ['(-7)::int4', -7],
  ['0.1::float8', 0.1],
  [`'NaN'::float8`, Number.NaN],
  ['123456789012345678901234567890.000000001::numeric', '123456789012345678901234567890.000000001'],
  ['true', true],
  ['NULL::int8', null],
  [`'2026-11-21T04:19:12.123456Z'::timestamptz`, Date.UTC(2026, 10, 21, 4, 19, 12, 123)],
  [`'2026-11-21 04:19:12'::timestamp`, Date.UTC(2026, 10, 21, 4, 19, 12)],
  [`'2026-11-21'::date`, '2026-11-21'],
  [`interval '1 hour'`, '01:00:00'],
  [`'tëxt 😀'::text`, 'tëxt 😀'],
  [`'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid`, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  [`'{"a": [1, null, "b"]}'::json`, { a: [1, null, 'b'] }],
  [`'{"a": {"b": 1.5}}'::jsonb`, { a: { b: 1.5 } }],
  [`'\\x00ff10'::bytea`, Buffer.from([0, 255, 16])],
  [`ARRAY[1, NULL, 9007199254740993]::int8[]`, [1n, null, 9_007_199_254_740_993n]],
  [
    `ARRAY[ARRAY[1, 2], ARRAY[3, 4]]::int8[]`,
    [
      [1n, 2n],
      [3n, 4n],
    ],
  ],
  [
    `ARRAY['a', 'NULL', NULL, 'with "quotes", commas {and} braces \\']::text[]`,
    ['a', 'NULL', null, 'with "quotes", commas {and} braces \\'],
  ],
  [`'{}'::text[]`, []],
  [`ARRAY[1.50]::numeric[]`, ['1.50']],
  [`ARRAY['2026-11-21T00:00:00Z']::timestamptz[]`, [Date.UTC(2026, 10, 21)]],
  [`ARRAY['2026-11-21']::date[]`, ['2026-11-21']],
  [`ARRAY['{"a": 1}']::jsonb[]`, [{ a: 1 }]],
]

/** What each parameter, cast to the type, becomes when it is read back. */
const WRITTEN: readonly [type: string, parameter: unknown, value: unknown][] = [
  ['int8', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
  ['int8', 5, 5n],
  ['int8', '5', 5n],
  ['int8', null, null],
  ['int4', -3, -3],
  ['float8', 1e-7, 1e-7],
  ['numeric', '1.10', '1.10'],
  ['boolean', false, false],
  ['text', `quote ' and \\ and \n`, `quote ' and \\ and \n`],
  ['text', '', ''],
  ['bytea', new Uint8Array([0, 1, 255]), Buffer.from([0, 1, 255])],
  ['bytea', Buffer.alloc(0), Buffer.alloc(0)],
  ['timestamptz', '2026-11-21T04:19:12.123Z', Date.UTC(2026, 10, 21, 4, 19, 12, 123)],
  ['date', '2026-11-21', '2026-11-21'],
  ['text[]', ['a', null, '{b,"c"}'], ['a', null, '{b,"c"}']],
  ['text[]', [], []],
  ['int8[]', [1n, 2n], [1n, 2n]],
  ['jsonb', { a: [1, 'x'] }, { a: [1, 'x'] }],
  ['jsonb', '["an", "array", "as", "text"]', ['an', 'array', 'as', 'text']],
]

describe.each(MODES)('on the %s database', (mode) => {
  let database: Database

  beforeAll(async () => {
    database = await open(mode === 'postgres' ? scratchUrl() : undefined)
    await sql`CREATE TABLE note (id integer PRIMARY KEY)`.execute(database.kysely)
  })
  afterAll(() => database.close())

  const value = async (query: ReturnType<typeof sql<{ value: unknown }>>): Promise<unknown> =>
    (await query.execute(database.kysely)).rows[0]?.value
  const noteCount = (): Promise<unknown> => value(sql`SELECT count(*) AS value FROM note`)

  test('the schema is brought up to date, and the next time there is nothing to do', async () => {
    expect(database.migrated[0]).toBe('0001_foundation')
    expect(await value(sql`SELECT count(*) AS value FROM workspace`)).toBe(0n)
  })

  test.each(READ)('%s is read as it should', async (expression, expected) => {
    const [column = '', from = ''] = expression.split(/(?= FROM )/)
    const read = await value(sql`SELECT ${sql.raw(column)} AS value ${sql.raw(from)}`)
    expect(read).toEqual(expected)
  })

  test.each(WRITTEN)('a parameter of type %s comes back: %o', async (type, parameter, expected) => {
    expect(await value(sql`SELECT ${parameter}::${sql.raw(type)} AS value`)).toEqual(expected)
  })

  test('a failed statement carries its SQLSTATE and constraint, and the next one works', async () => {
    await sql`INSERT INTO note VALUES (1)`.execute(database.kysely)
    const again = sql`INSERT INTO note VALUES (1)`.execute(database.kysely)
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'note_pkey' })
    expect(await noteCount()).toBe(1n)
  })

  test('a transaction that throws leaves nothing', async () => {
    const before = await noteCount()
    const failing = database.kysely.transaction().execute(async (tx) => {
      await sql`INSERT INTO note VALUES (100)`.execute(tx)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await noteCount()).toBe(before)
  })

  test('the commit of a transaction in which a statement failed is not mistaken for a success', async () => {
    const swallowing = database.kysely.transaction().execute(async (tx) => {
      await sql`INSERT INTO note VALUES (200)`.execute(tx)
      await sql`SELECT 1 / 0`.execute(tx).catch(() => {})
    })
    await expect(swallowing).rejects.toThrow()
  })

  test('transactions that run at once do not see into each other', async () => {
    const before = await noteCount()
    const insert = (id: number): Promise<unknown> =>
      database.kysely.transaction().execute(async (tx) => {
        await sql`INSERT INTO note VALUES (${id})`.execute(tx)
        const own = await sql<{ n: bigint }>`SELECT count(*) AS n FROM note`.execute(tx)
        throw own.rows[0]?.n
      })
    const seen = await Promise.allSettled([insert(301), insert(302), insert(303)])
    expect(seen.map((result) => result.status === 'rejected' && result.reason)).toEqual(
      Array(3).fill(BigInt(String(before)) + 1n),
    )
  })

  test('a large answer arrives whole', async () => {
    const text = await value(sql`SELECT repeat('0123456789', 500000) AS value`)
    expect(text).toHaveLength(5_000_000)
  })

  test('a listener hears what is committed on its channel, in order, and nothing that is rolled back', async () => {
    const heard: string[] = []
    const stop = await database.listen('test_channel', { onNotify: (payload) => heard.push(payload) })
    const notify = (payload: string, db = database.kysely): Promise<unknown> =>
      sql`SELECT pg_notify('test_channel', ${payload})`.execute(db)
    await database.kysely.transaction().execute((tx) => notify('1', tx))
    await database.kysely
      .transaction()
      .execute(async (tx) => {
        await notify('rolled back', tx)
        throw new Error('no')
      })
      .catch(() => {})
    await notify('2')
    await expect.poll(() => heard).toEqual(['1', '2'])
    await stop()
    await notify('3')
    expect(heard).toEqual(['1', '2'])
  })

  test('a name that is no identifier is no channel', async () => {
    await expect(database.listen('a; DROP TABLE note', { onNotify: () => {} })).rejects.toThrow(RangeError)
  })
})

describe('on the embedded database', () => {
  let database: Database

  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  test('asking for another session inside a transaction throws instead of waiting for ever', async () => {
    const nested = database.kysely.transaction().execute(() => sql`SELECT 1`.execute(database.kysely))
    await expect(nested).rejects.toThrow(SessionHeld)
    const nestedTransaction = database.kysely
      .transaction()
      .execute(() => database.kysely.transaction().execute(async () => 1))
    await expect(nestedTransaction).rejects.toThrow(SessionHeld)
    const listening = database.kysely.transaction().execute(() => database.listen('x', { onNotify: () => {} }))
    await expect(listening).rejects.toThrow(SessionHeld)
  })

  test('what a transaction started and did not wait for may use the database after it', async () => {
    let later: Promise<unknown> | undefined
    let release: () => void = () => {}
    const released = new Promise<void>((done) => {
      release = done
    })
    await database.kysely.transaction().execute(async () => {
      later = released.then(() => sql`SELECT 1`.execute(database.kysely))
    })
    release()
    expect(await later).toMatchObject({ rows: [{}] })
  })

  test('those who wait for the session get it first come, first served', async () => {
    const order: number[] = []
    await Promise.all(
      [1, 2, 3, 4].map((n) =>
        database.kysely.transaction().execute(async (tx) => {
          await sql`SELECT ${n}::int4`.execute(tx)
          order.push(n)
        }),
      ),
    )
    expect(order).toEqual([1, 2, 3, 4])
  })

  test('the second start applies nothing', () => {
    expect(database.migrated).toEqual([])
    expect(database.embedded?.recovered).toBe('clean')
  })
})

describe('an unusable PostgreSQL is named without its password', () => {
  test.each([
    [
      'nobody listens',
      'postgres://user:hunter2@127.0.0.1:1/shop',
      /127\.0\.0\.1:1, database shop can't be used: .*ECONNREFUSED/,
    ],
    ['the host does not exist', 'postgres://user:hunter2@nowhere.invalid/shop', /nowhere\.invalid:5432, database shop/],
    ['the address is broken', 'postgres://user:hunter2@ho st:x/shop', /DATABASE_URL is not an address/],
    ['the address is none', 'hunter2', /DATABASE_URL is not an address/],
  ])('%s', async (_name, url, message) => {
    const opening = open(url)
    await expect(opening).rejects.toThrow(DatabaseUnreachable)
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.not.toThrow('hunter2')
  })

  test.runIf(DATABASE_URL)('the database does not exist', async () => {
    await expect(open(new URL('/no_such_database', DATABASE_URL).href)).rejects.toThrow(
      /database no_such_database can't be used/,
    )
  })
})

describe.runIf(DATABASE_URL)('on PostgreSQL', () => {
  test('after its connection is cut a listener is told so and hears again', async () => {
    const database = await open(scratchUrl())
    const heard: string[] = []
    const reconnected = new Promise<void>((done) => {
      void database.listen('cut_channel', { onNotify: (payload) => heard.push(payload), onReconnect: done })
    })
    const cut = sql<{
      n: bigint
    }>`SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE query = 'LISTEN cut_channel'`
    await expect.poll(async () => (await cut.execute(database.kysely)).rows[0]?.n).toBe(1n)
    await reconnected
    await sql`SELECT pg_notify('cut_channel', 'again')`.execute(database.kysely)
    await expect.poll(() => heard).toEqual(['again'])
    await database.close()
  })

  test('connections that are cut while idle or in use cost their query, not the process', async () => {
    const database = await open(scratchUrl())
    const works = (): Promise<boolean> =>
      sql`SELECT 1`.execute(database.kysely).then(
        () => true,
        () => false,
      )
    await expect.poll(works).toBe(true)
    await administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = '${scratchName}'`,
    )
    await expect.poll(works).toBe(true)
    const sleeping = sql`SELECT pg_sleep(20)`.execute(database.kysely)
    const cut = `SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%' AND datname = '${scratchName}'`
    const cutting = administer(
      `DO $$ BEGIN FOR i IN 1..50 LOOP PERFORM pg_sleep(0.1); EXECUTE $q$${cut}$q$; END LOOP; END $$`,
    )
    await expect(sleeping).rejects.toThrow(/terminat/)
    await expect.poll(works).toBe(true)
    await cutting
    await database.close()
  })
})
