import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { DirectoryLocked } from '../../src/store/embedded/directory-lock.ts'
import { type EmbeddedDatabase, openEmbedded } from '../../src/store/embedded/open-embedded.ts'
import { DataUnreadable } from '../../src/store/embedded/recovery.ts'

const MODULE = new URL('../../src/store/embedded/open-embedded.ts', import.meta.url).href
const KILL_ROUNDS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 100 : 5

interface Entry {
  n: number
}
interface TestSchema {
  entry: Entry
}

/** Inserts 1, 2, 3, … and prints each number when its commit is answered, until it is killed. */
const WRITER = `
  const { openEmbedded } = await import(${JSON.stringify(MODULE)})
  const [dataDirectory, bootId] = process.argv.slice(1)
  const fail = (message) => { throw new Error(message) }
  const { kysely } = await openEmbedded({ dataDirectory, bootId, onWarning: fail, onLockLost: fail })
  const last = await kysely.selectFrom('entry').select(({ fn }) => fn.max('n').as('n')).executeTakeFirst()
  for (let n = (last.n ?? 0) + 1; ; n++) {
    await kysely.insertInto('entry').values({ n }).execute()
    process.stdout.write(n + '\\n')
  }
`

let template: string
let dataDirectory: string
let open: EmbeddedDatabase<TestSchema> | undefined
let writer: ChildProcess | undefined

/** A data directory with the empty table, stopped cleanly in the boot `boot-1`. */
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'recovery-'))
  dataDirectory = template
  const database = await openIn('boot-1')
  expect(database.recovered).toBe('fresh')
  await sql`CREATE TABLE entry (n integer PRIMARY KEY)`.execute(database.kysely)
  await database.close('created')
  open = undefined
})
afterAll(() => rmSync(template, { recursive: true }))

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'recovery-'))
  cpSync(template, dataDirectory, { recursive: true })
})
afterEach(async () => {
  if (writer && writer.exitCode === null && writer.signalCode === null) await killWriter()
  await open?.close('').catch(() => {})
  open = undefined
  rmSync(dataDirectory, { recursive: true, force: true })
})

async function openIn(bootId: string): Promise<EmbeddedDatabase<TestSchema>> {
  const options = { dataDirectory, bootId, onWarning: () => {}, onLockLost: () => {} }
  open = await openEmbedded<TestSchema>(options)
  return open
}

async function add(...numbers: number[]): Promise<void> {
  await open?.kysely
    .insertInto('entry')
    .values(numbers.map((n) => ({ n })))
    .execute()
}

async function numbers(): Promise<number[] | undefined> {
  return (await open?.kysely.selectFrom('entry').select('n').orderBy('n').execute())?.map(({ n }) => n)
}

/** Gone as by kill -9: nothing is written any more, and a copy of the files as they are goes on. */
async function crash(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'recovery-'))
  cpSync(dataDirectory, copy, { recursive: true, filter: (path) => !/lock[-.]/.test(path) })
  await open?.close('')
  open = undefined
  rmSync(dataDirectory, { recursive: true })
  dataDirectory = copy
}

/** The second copy of the files comes when the log has grown by some megabytes, in the background. */
async function takeSecondSnapshot(): Promise<void> {
  await sql`SELECT pg_logical_emit_message(true, 'test', repeat('x', 5000000))`.execute(kysely())
  await open?.snapshot('grown')
  await expect.poll(() => existsSync(snapshotFile('2.json')), { timeout: 20_000 }).toBe(true)
}

function kysely() {
  if (!open) throw new Error('not open')
  return open.kysely
}

async function startWriter(bootId: string): Promise<AsyncIterator<string>> {
  writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, dataDirectory, bootId], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_NO_WARNINGS: '1' },
  })
  if (!writer.stdout) throw new Error('no output')
  return createInterface(writer.stdout)[Symbol.asyncIterator]()
}

async function killWriter(): Promise<void> {
  if (!writer) return
  const exited = once(writer, 'exit')
  writer.kill('SIGKILL')
  await exited
}

test('after kill -9 in the middle of writing every answered commit is there', { timeout: 600_000 }, async () => {
  let answered = 0
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const lines = await startWriter('boot-1')
    for (let count = 0; count < 20 + 37 * round; count++) answered = Number((await lines.next()).value)
    await killWriter()
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) answered = Number(line.value)
  }
  const { recovered } = await openIn('boot-1')
  const found = (await numbers()) ?? []
  expect(recovered).toBe('same-boot')
  expect(found.length).toBeGreaterThanOrEqual(answered)
  expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1))
})

test('while one process has the directory another is refused with its pid', async () => {
  const lines = await startWriter('boot-1')
  await lines.next()
  await expect(openIn('boot-1')).rejects.toThrow(DirectoryLocked)
  await expect(openIn('boot-1')).rejects.toThrow(`process ${writer?.pid} `)
})

test('a clean stop loses nothing, also when the machine restarts after it and its page cache is lost', async () => {
  await openIn('boot-1')
  await add(1, 2)
  await open?.close('mark-2')
  writeFileSync(join(dataDirectory, 'db', 'global', 'pg_control'), 'lost with the page cache')
  const { recovered, notes } = await openIn('boot-2')
  expect(await numbers()).toEqual([1, 2])
  expect([recovered, notes]).toEqual(['clean', []])
})

test('a power loss goes back to the newest snapshot and says from where to replay', async () => {
  await openIn('boot-1')
  await add(1)
  await open?.snapshot('mark-1')
  await add(2)
  await crash()
  const { recovered, journalReplayFrom, notes } = await openIn('boot-2')
  expect(await numbers()).toEqual([1])
  expect([recovered, journalReplayFrom]).toEqual(['rebuilt', 'mark-1'])
  expect(notes[0]).toContain('rebuilt from the snapshot of')
  expect(existsSync(join(dataDirectory, 'db.damaged', 'PG_VERSION'))).toBe(true)
})

test('files that do not open are rebuilt within the same boot too', async () => {
  await openIn('boot-1')
  await add(1)
  await open?.close('mark-1')
  writeFileSync(join(dataDirectory, 'db', 'global', 'pg_control'), 'nonsense')
  const { recovered } = await openIn('boot-1')
  expect(await numbers()).toEqual([1])
  expect(recovered).toBe('rebuilt')
})

test.each(['tar', 'wal'])('when the newest %s is damaged the other snapshot loses nothing', async (kind) => {
  await openIn('boot-1')
  await takeSecondSnapshot()
  await add(1)
  await open?.snapshot('mark-1')
  await add(2)
  await open?.snapshot('mark-2')
  await crash()
  flipByte(snapshotFile(`${newestSeq()}.${kind}`), 1_000)
  const { journalReplayFrom, notes } = await openIn('boot-2')
  expect(await numbers()).toEqual([1, 2])
  expect(journalReplayFrom).toBe('mark-2')
  if (kind === 'tar') expect(notes[1]).toContain('is damaged')
})

test('after a snapshot was brought back its log goes on, and a second power loss finds what was added', async () => {
  await openIn('boot-1')
  await add(1)
  await open?.snapshot('mark-1')
  await crash()
  await openIn('boot-2')
  await add(2)
  await open?.snapshot('mark-2')
  await crash()
  const { journalReplayFrom } = await openIn('boot-3')
  expect(await numbers()).toEqual([1, 2])
  expect(journalReplayFrom).toBe('mark-2')
  expect(readdirSync(snapshotFile(''))).toContain('1.tar')
})

test('a copy made while the files are written, and the log, make what was committed', {
  timeout: 300_000,
}, async () => {
  await openIn('boot-1')
  let last = 0
  const taken: Promise<unknown>[] = []
  // Long rows, changed and removed again: pages that are torn, files that grow and shrink, checkpoints in between.
  for (let round = 0; round < 8 || !existsSync(snapshotFile('2.json')); round += 1) {
    for (let step = 0; step < 10; step += 1) await add(++last)
    await sql`CREATE TABLE IF NOT EXISTS bulk (n integer PRIMARY KEY, text text)`.execute(kysely())
    await sql`INSERT INTO bulk SELECT n, repeat(md5(n::text), 20) FROM generate_series(${last * 100}::int, ${last * 100}::int + 700) n
      ON CONFLICT (n) DO UPDATE SET text = excluded.text || 'again'`.execute(kysely())
    if (round % 4 === 3) await sql`DROP TABLE bulk`.execute(kysely())
    taken.push(open?.snapshot(`mark-${last}`) ?? Promise.resolve())
  }
  await Promise.all(taken)
  await add(++last)
  await open?.snapshot(`mark-${last}`)
  const areWhole = () =>
    /^(\d+)\.json,\1\.tar,\1\.wal,(\d+)\.json,\2\.tar,\2\.wal$/.test(String(readdirSync(snapshotFile('')).sort()))
  await expect.poll(areWhole, { timeout: 60_000 }).toBe(true)
  await crash()
  for (const seq of [undefined, newestSeq()]) {
    // Either of them alone.
    if (seq !== undefined) rmSync(snapshotFile(`${seq}.json`))
    rmSync(join(dataDirectory, 'running.json'), { force: true })
    const { journalReplayFrom } = await openIn(`boot-${seq ?? 'other'}`)
    expect(await numbers()).toEqual(Array.from({ length: last }, (_, index) => index + 1))
    expect(journalReplayFrom).toBe(`mark-${last}`)
    await crash()
  }
})

test('when no snapshot can be used, nothing is thrown away and the start is refused', async () => {
  await openIn('boot-1')
  await crash()
  for (const name of readdirSync(snapshotFile(''))) if (name.endsWith('.tar')) flipByte(snapshotFile(name), 100_000)
  const before = readdirSync(dataDirectory).sort()
  await expect(openIn('boot-2')).rejects.toThrow(DataUnreadable)
  expect(readdirSync(dataDirectory).filter((name) => !name.startsWith('lock'))).toEqual(before)
})

test('files of another major version are refused, not replaced', async () => {
  writeFileSync(join(dataDirectory, 'db', 'PG_VERSION'), '17\n')
  await expect(openIn('boot-1')).rejects.toThrow(/written by PostgreSQL 17/)
  expect(existsSync(join(dataDirectory, 'db'))).toBe(true)
})

test('without a snapshot to trust a power loss begins anew and keeps the old files', async () => {
  await openIn('boot-1')
  await crash()
  rmSync(snapshotFile(''), { recursive: true })
  const { recovered, journalReplayFrom, notes } = await openIn('boot-2')
  expect([recovered, journalReplayFrom]).toEqual(['fresh', ''])
  expect(notes[0]).toContain('kept as db.damaged')
})

test('every snapshot kept has all up to the mark, and nothing is added when nothing was written', async () => {
  await openIn('boot-1')
  const marks: string[] = []
  for (const n of [1, 2, 3]) {
    await add(n)
    marks.push((await open?.snapshot(`mark-${n}`))?.oldestMark ?? '')
  }
  const again = await open?.snapshot('mark-4')
  expect(marks).toEqual(['mark-1', 'mark-2', 'mark-3'])
  expect(again).toMatchObject({ oldestMark: 'mark-3', bytes: 0 })
})

test('a durable point takes what was written, not what there is', async () => {
  await openIn('boot-1')
  await add(1)
  const { bytes } = (await open?.snapshot('mark-1')) ?? {}
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(1_000_000)
})

test('a snapshot contains no part of a transaction that was running, and does not disturb it', async () => {
  await openIn('boot-1')
  await add(1)
  let snapshot: Promise<unknown> | undefined
  await open?.kysely.transaction().execute(async (tx) => {
    await tx.insertInto('entry').values({ n: 2 }).execute()
    snapshot = open?.snapshot('mark')
    await tx.insertInto('entry').values({ n: 3 }).execute()
  })
  await snapshot
  await crash()
  await openIn('boot-2')
  expect([[1], [1, 2, 3]]).toContainEqual(await numbers())
})

test('when the engine panics the query fails, nothing answered is lost, and the next query works', async () => {
  const warnings: string[] = []
  open = await openEmbedded<TestSchema>({
    dataDirectory,
    bootId: 'boot-1',
    onWarning: (message) => warnings.push(message),
    onLockLost: () => {},
  })
  let reconnects = 0
  await open.listen('switchyard', { onNotify: () => {}, onReconnect: () => reconnects++ })
  await add(1)
  const log = join(dataDirectory, 'db', 'pg_wal')
  renameSync(log, `${log}.away`)
  const fillLog = sql`SELECT pg_logical_emit_message(true, 'test', repeat('x', 40000000))`
  await expect(fillLog.execute(open.kysely)).rejects.toThrow(/embedded database stopped: .*PANIC/)
  rmSync(log, { recursive: true, force: true })
  renameSync(`${log}.away`, log)
  expect(await numbers()).toEqual([1])
  expect(warnings).toHaveLength(1)
  expect(reconnects).toBe(1)
})

function newestSeq(): number {
  return Math.max(...readdirSync(snapshotFile('')).map((name) => Number.parseInt(name, 10)))
}

function snapshotFile(name: string): string {
  return join(dataDirectory, 'snapshots', name)
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset] = (bytes[offset] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
