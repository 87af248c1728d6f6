import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DurablePoints } from './durable-points.ts'
import { SnapshotStore } from './snapshot-store.ts'

const SEGMENT_BYTES = 1_024

let root: string
let directory: string
let snapshots: SnapshotStore
/** Where the engine's log stands. */
let position: number

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'points-'))
  directory = join(root, 'db')
  for (const name of ['global', 'pg_wal']) mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'global', 'pg_control'), 'control')
  snapshots = new SnapshotStore(root)
  position = SEGMENT_BYTES
  growLog(100)
})
afterEach(() => rmSync(root, { recursive: true }))

function growLog(bytes: number): void {
  position += bytes
  for (let segment = 1; segment * SEGMENT_BYTES < position; segment += 1) {
    const name = `0000000100000000${segment.toString(16).toUpperCase().padStart(8, '0')}`
    writeFileSync(join(directory, 'pg_wal', name), Buffer.alloc(SEGMENT_BYTES, segment))
  }
}

/** Of an engine whose last checkpoint was at the beginning of the second segment. */
function start(): DurablePoints {
  const row = () => ({ position: `0/${position.toString(16)}`, redo: '0/400', timeline: '00000001', segment: '1024' })
  const engine = { directory, firstRow: async <Row>() => row() as Row, inTurn: <T>(task: () => Promise<T>) => task() }
  return new DurablePoints(engine, snapshots)
}

const request = (mark: string) => ({ mark, bootId: 'boot', createdAt: '2026-01-01T00:00:00.000Z' })

test('the first point makes a snapshot, the next add to its log, also those of a later run', async () => {
  const first = start()
  expect(await first.take(request('a'))).toMatchObject({ bytes: expect.any(Number), oldestMark: 'a' })
  growLog(2_000)
  expect(await first.take(request('b'))).toEqual({ bytes: 2_000, oldestMark: 'b' })
  expect(await first.take(request('c'))).toEqual({ bytes: 0, oldestMark: 'b' })
  await first.stop()
  growLog(300)
  const second = start()
  expect(await second.take(request('d'))).toEqual({ bytes: 300, oldestMark: 'd' })
  await second.stop()
  expect((await snapshots.list()).map(({ known }) => known.mark)).toEqual(['d'])
  expect(readdirSync(snapshots.directory).sort()).toEqual(['1.json', '1.tar', '1.wal'])
})

test('a log that is not the one that was copied is not added to: there is a new snapshot, and the old one counts', async () => {
  const first = start()
  await first.take(request('a'))
  await first.stop()
  for (const name of readdirSync(join(directory, 'pg_wal')))
    writeFileSync(join(directory, 'pg_wal', name), Buffer.alloc(SEGMENT_BYTES, 0xee))
  const second = start()
  const { oldestMark } = await second.take(request('b'))
  await second.stop()
  expect(oldestMark).toBe('a')
  expect((await snapshots.list()).map(({ known }) => known.mark)).toEqual(['b', 'a'])
})

test('a copy that fails is told, leaves nothing behind, and is made again', async () => {
  const points = start()
  rmSync(join(directory, 'pg_wal'), { recursive: true })
  await expect(points.take(request('a'))).rejects.toThrow('no such file')
  expect(readdirSync(snapshots.directory)).toEqual([])
  mkdirSync(join(directory, 'pg_wal'))
  growLog(0)
  expect((await points.take(request('b'))).oldestMark).toBe('b')
  await points.stop()
})

test('remains of a copy that was cut off go with the next', async () => {
  writeFileSync(join(snapshots.directory, '3.tar.tmp'), 'half')
  const points = start()
  await points.take(request('a'))
  await points.stop()
  expect(readdirSync(snapshots.directory).sort()).toEqual(['4.json', '4.tar', '4.wal'])
})
