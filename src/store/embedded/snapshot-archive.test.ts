import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { extractArchive, writeArchive } from './snapshot-archive.ts'

let root: string
let archive: string
let target: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'archive-'))
  archive = join(root, 'a.tar')
  target = join(root, 'out')
})
afterEach(() => rmSync(root, { recursive: true }))

/** Sizes around the block of 512 bytes and the copy buffer of a mebibyte. */
const FILES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  'base/1': randomBytes(1),
  'base/511': randomBytes(511),
  'base/512': randomBytes(512),
  'base/5/513': randomBytes(513),
  large: randomBytes((1 << 20) + 7),
}

function fillSource(): string {
  const source = join(root, 'in')
  mkdirSync(join(source, 'base', '5'), { recursive: true })
  mkdirSync(join(source, 'nothing inside'))
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(source, name), content)
  return source
}

test('what was written is what comes out, byte for byte, and the hash is that of the archive', async () => {
  const written = await writeArchive(fillSource(), archive, { isWanted: () => true })
  const sha256 = await extractArchive(archive, target)
  for (const [name, content] of Object.entries(FILES))
    expect(readFileSync(join(target, name)).equals(content), name).toBe(true)
  expect(readdirSync(target).sort()).toEqual(['base', 'empty', 'large', 'nothing inside'])
  expect(written).toEqual({ bytes: readFileSync(archive).length, sha256 })
  expect(sha256).toBe(createHash('sha256').update(readFileSync(archive)).digest('hex'))
})

test('unwanted files are left out', async () => {
  await writeArchive(fillSource(), archive, { isWanted: (path) => path !== 'large' })
  await extractArchive(archive, target)
  expect(readdirSync(target)).not.toContain('large')
})

test('files given with their content have that, and one that was asked to stop stops', async () => {
  const contents = new Map([['large', Buffer.from('small')]])
  await writeArchive(fillSource(), archive, { isWanted: () => true, contents })
  await extractArchive(archive, target)
  expect(readFileSync(join(target, 'large'), 'utf8')).toBe('small')
  const signal = AbortSignal.abort(new Error('stopped'))
  const stopped = writeArchive(root, join(root, 'b.tar'), { isWanted: () => true, signal })
  await expect(stopped).rejects.toThrow('stopped')
})

test('a directory that others write meanwhile becomes an archive that can be unpacked', async () => {
  const source = fillSource()
  const large = join(source, 'large')
  let isRunning = true
  const others = (async () => {
    for (let round = 0; isRunning; round += 1) {
      writeFileSync(large, Buffer.alloc((round * 700_001) % 3_000_000))
      if (round % 2 === 0) rmSync(join(source, 'base', '5'), { recursive: true, force: true })
      else mkdirSync(join(source, 'base', '5'), { recursive: true })
      writeFileSync(join(source, `made ${round % 3}`), 'x')
      rmSync(join(source, `made ${(round + 1) % 3}`), { force: true })
      await setImmediate()
    }
  })()
  for (let copy = 0; copy < 5; copy += 1) {
    const { sha256 } = await writeArchive(source, `${archive}${copy}`, { isWanted: () => true })
    expect(await extractArchive(`${archive}${copy}`, `${target}${copy}`)).toBe(sha256)
  }
  isRunning = false
  await others
})

test.each([0, 100, 1_000, 1_048_576])('an archive cut off after %i bytes is refused', async (length) => {
  await writeArchive(fillSource(), archive, { isWanted: () => true })
  truncateSync(archive, length)
  await expect(extractArchive(archive, target)).rejects.toThrow('is cut off')
})

test.each(['../outside', '/tmp/outside', 'base/../../outside'])(
  'the name %s can not leave the directory',
  async (name) => {
    const source = join(root, 'in')
    mkdirSync(source)
    writeFileSync(join(source, 'x'.repeat(name.length)), 'content')
    await writeArchive(source, archive, { isWanted: () => true })
    const bytes = readFileSync(archive)
    bytes.write(name, 0)
    writeFileSync(archive, bytes)
    await expect(extractArchive(archive, target)).rejects.toThrow('bad name')
  },
)
