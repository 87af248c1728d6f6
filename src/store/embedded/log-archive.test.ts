import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogArchive, readLogArchive } from './log-archive.ts'

let root: string
let path: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'log-'))
  path = join(root, '1.wal')
})
afterEach(() => rmSync(root, { recursive: true }))

const LENGTHS = [1, 511, 8_192, 300_000]

function pieceAt(point: number) {
  const from = BigInt(LENGTHS.slice(0, point).reduce((sum, length) => sum + length, 1_000))
  const length = LENGTHS[point] ?? 10
  const piece = { point, mark: `mark ${point}`, bootId: 'boot', createdAt: 'now', from, to: from + BigInt(length) }
  return { piece, content: Buffer.alloc(length, point) }
}

async function write(archive: LogArchive, ...points: number[]): Promise<void> {
  for (const point of points) {
    const { content, piece } = pieceAt(point)
    await archive.append(piece, content)
  }
  await archive.sync()
}

async function read(): Promise<{ points: number[]; bytes: number }> {
  const points: number[] = []
  const { bytes } = await readLogArchive(path, ({ point, ...piece }, content) => {
    const expected = pieceAt(point)
    expect({ point, ...piece }).toEqual(expected.piece)
    expect(content.equals(expected.content)).toBe(true)
    points.push(point)
  })
  return { points, bytes }
}

test('what was appended is what is read, in order', async () => {
  const archive = await LogArchive.create(path)
  await write(archive, 0, 1, 2, 3)
  expect(archive.synced).toEqual(pieceAt(3).piece)
  await archive.close()
  expect(await read()).toEqual({ points: [0, 1, 2, 3], bytes: statSync(path).size })
})

test('cut off anywhere, it ends with the last whole piece', async () => {
  const archive = await LogArchive.create(path)
  await write(archive, 0, 1)
  const whole = statSync(path).size
  await write(archive, 2)
  await archive.close()
  const { size } = statSync(path)
  for (const length of [size - 1, size - 8_192, size - 8_193, whole + 100, whole + 1, whole]) {
    truncateSync(path, length)
    expect(await read(), String(length)).toEqual({ points: [0, 1], bytes: whole })
  }
})

test.each([
  ['content', -1],
  ['description', 20],
])('a piece whose %s differs from what was written ends it, and so do those after it', async (_name, offset) => {
  const archive = await LogArchive.create(path)
  await write(archive, 0)
  const first = statSync(path).size
  await write(archive, 1)
  const second = statSync(path).size
  await write(archive, 2)
  await archive.close()
  const bytes = readFileSync(path)
  const at = offset < 0 ? second + offset : first + offset
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
  expect(await read()).toEqual({ points: [0], bytes: first })
})

test('a gap in the log ends it', async () => {
  const archive = await LogArchive.create(path)
  await write(archive, 0, 2)
  await archive.close()
  expect((await read()).points).toEqual([0])
})

test('it goes on after the last whole piece, whatever came after that', async () => {
  const archive = await LogArchive.create(path)
  await write(archive, 0, 1)
  await archive.close()
  appendFileSync(path, 'half a piece')
  const resumed = await LogArchive.resume(path, await readLogArchive(path, () => {}))
  await write(resumed, 2)
  await resumed.close()
  expect((await read()).points).toEqual([0, 1, 2])
})
