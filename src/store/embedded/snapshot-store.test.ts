import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { extractArchive, writeArchive } from './snapshot-archive.ts'
import { type SnapshotRecord, SnapshotStore } from './snapshot-store.ts'

let root: string
let store: SnapshotStore

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'snapshots-'))
  store = new SnapshotStore(root)
})
afterEach(() => rmSync(root, { recursive: true }))

/** As the database's thread does it. */
async function take(mark: string): Promise<SnapshotRecord> {
  const source = mkdtempSync(join(root, 'source-'))
  writeFileSync(join(source, 'content'), mark)
  const seq = store.nextSeq()
  const bytes = writeArchive(source, store.archivePath(seq), () => true)
  const sha256 = await extractArchive(store.archivePath(seq), join(source, 'out'))
  const record = { seq, sha256, bytes, bootId: 'boot', createdAt: '2026-01-01T00:00:00.000Z', mark, lsn: '0/0' }
  writeFileSync(store.sidecarPath(seq), JSON.stringify(record))
  return record
}

test('the newest two are kept, newest first, and the mark of the older one counts', async () => {
  for (const mark of ['a', 'b', 'c']) await take(mark)
  await store.prune()
  expect(store.list().map(({ mark }) => mark)).toEqual(['c', 'b'])
  expect(store.oldestMark()).toBe('b')
  expect(readdirSync(store.directory).sort()).toEqual(['2.json', '2.tar', '3.json', '3.tar'])
})

test('without a snapshot the mark is the beginning', () => {
  expect([store.list(), store.oldestMark(), store.nextSeq()]).toEqual([[], '', 1])
})

test.each([
  ['archive is missing', (record: SnapshotRecord) => rmSync(store.archivePath(record.seq))],
  ['archive is cut off', (record: SnapshotRecord) => truncateSync(store.archivePath(record.seq), record.bytes - 1)],
  ['description is missing', (record: SnapshotRecord) => rmSync(store.sidecarPath(record.seq))],
  ['description is cut off', (record: SnapshotRecord) => truncateSync(store.sidecarPath(record.seq), 20)],
])('a snapshot whose %s is not one, and does not push out a good one', async (_name, damage) => {
  for (const mark of ['a', 'b']) await take(mark)
  const damaged = await take('damaged')
  damage(damaged)
  await store.prune()
  expect(store.list().map(({ mark }) => mark)).toEqual(['b', 'a'])
})

test('remains of an interrupted snapshot are removed and their number is not used again', async () => {
  await take('a')
  writeFileSync(join(store.directory, '7.tar.tmp'), 'half')
  const { seq } = await take('b')
  await store.prune()
  expect(seq).toBe(8)
  expect(existsSync(join(store.directory, '7.tar.tmp'))).toBe(false)
})

test('content that differs from what was written is refused', async () => {
  const record = await take('a')
  await expect(store.restore({ ...record, sha256: '0'.repeat(64) }, join(root, 'out'))).rejects.toThrow('is damaged')
})
