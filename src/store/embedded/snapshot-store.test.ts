import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogArchive } from './log-archive.ts'
import { writeArchive } from './snapshot-archive.ts'
import { type SnapshotRecord, SnapshotStore } from './snapshot-store.ts'

const SEGMENT_BYTES = 1_024
const CREATED_AT = '2026-01-01T00:00:00.000Z'

let root: string
let store: SnapshotStore

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'snapshots-'))
  store = new SnapshotStore(root)
})
afterEach(() => rmSync(root, { recursive: true }))

/** As the database's thread does it: files, and a log of 700 bytes that begins with the second segment. */
async function take(point: number): Promise<SnapshotRecord> {
  const source = mkdtempSync(join(root, 'source-'))
  writeFileSync(join(source, 'content'), `files ${point}`)
  mkdirSync(join(source, 'pg_wal'))
  const seq = store.nextSeq()
  const copy = await writeArchive(source, store.archivePath(seq), { isWanted: () => true })
  const log = await LogArchive.create(store.logPath(seq))
  const known = { point, mark: `mark ${point}`, bootId: 'boot', createdAt: CREATED_AT }
  await log.append({ ...known, from: 1_024n, to: 1_724n }, Buffer.alloc(700, 1))
  await log.close()
  const shape = { timeline: '00000001', segmentBytes: SEGMENT_BYTES, redo: '0/400', end: '0/6BC' }
  const record = { seq, ...copy, ...known, log: shape }
  writeFileSync(store.sidecarPath(seq), JSON.stringify(record))
  return record
}

async function listed(): Promise<string[]> {
  return (await store.list()).map(({ known }) => known.mark)
}

test('what is listed goes farthest first, whichever was made first', async () => {
  for (const point of [2, 3, 1]) await take(point)
  expect(await listed()).toEqual(['mark 3', 'mark 2', 'mark 1'])
})

test('the first two are kept and everything else is removed, remains of interrupted ones included', async () => {
  for (const point of [1, 2, 3]) await take(point)
  writeFileSync(join(store.directory, '7.tar.tmp'), 'half')
  expect(store.nextSeq()).toBe(8)
  expect(await store.prune([3, 1, 2])).toEqual([3, 1])
  expect(readdirSync(store.directory).sort()).toEqual(['1.json', '1.tar', '1.wal', '3.json', '3.tar', '3.wal'])
})

test('a restored directory has the files and the log in the segments it came from, zeros after its end', async () => {
  await take(1)
  const [snapshot] = await store.list()
  if (!snapshot) throw new Error('no snapshot')
  await store.restore(snapshot, join(root, 'out'))
  expect(readFileSync(join(root, 'out', 'content'), 'utf8')).toBe('files 1')
  const segment = readFileSync(join(root, 'out', 'pg_wal', '000000010000000000000001'))
  expect(segment.equals(Buffer.concat([Buffer.alloc(700, 1), Buffer.alloc(SEGMENT_BYTES - 700)]))).toBe(true)
})

test('one of before logs were copied is brought back as it is', async () => {
  const { log: _, point: __, ...record } = await take(1)
  writeFileSync(store.sidecarPath(1), JSON.stringify({ ...record, lsn: '0/0' }))
  rmSync(store.logPath(1))
  await take(2)
  const [, whole] = await store.list()
  expect(whole?.known).toMatchObject({ mark: 'mark 1', createdAt: CREATED_AT })
  if (whole) await store.restore(whole, join(root, 'out'))
  expect(existsSync(join(root, 'out', 'content'))).toBe(true)
})

test.each([
  ['archive is missing', ({ seq }: SnapshotRecord) => rmSync(store.archivePath(seq))],
  ['archive is cut off', ({ seq, bytes }: SnapshotRecord) => truncateSync(store.archivePath(seq), bytes - 1)],
  ['description is missing', ({ seq }: SnapshotRecord) => rmSync(store.sidecarPath(seq))],
  ['description is cut off', ({ seq }: SnapshotRecord) => truncateSync(store.sidecarPath(seq), 20)],
])('a snapshot whose %s is not one', async (_name, damage) => {
  await take(1)
  damage(await take(2))
  expect(await listed()).toEqual(['mark 1'])
})

test.each([
  ['files differ from what was written', ({ seq }: SnapshotRecord) => flipByte(store.archivePath(seq), 600)],
  ['log is missing', ({ seq }: SnapshotRecord) => rmSync(store.logPath(seq))],
  ['log ends before the files can be opened', ({ seq }: SnapshotRecord) => truncateSync(store.logPath(seq), 500)],
  ['log differs from what was written', ({ seq }: SnapshotRecord) => flipByte(store.logPath(seq), 500)],
])('a snapshot whose %s is listed, and refused', async (_name, damage) => {
  damage(await take(1))
  const [snapshot] = await store.list()
  if (!snapshot) throw new Error('no snapshot')
  await expect(store.restore(snapshot, join(root, 'out'))).rejects.toThrow(/is damaged|no such file/)
})

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset] = (bytes[offset] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
