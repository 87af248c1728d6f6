import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

/** A plain ustar archive of a directory, written in one go without holding it in memory, so that `tar` can read it too. */

const BLOCK_BYTES = 512
const COPY_BYTES = 1 << 20
const NAME_BYTES_MAX = 100

/** Copies what is in `directory` now into the file `archive`, which must not exist. Synchronous on purpose: in the thread that
 *  writes the directory nothing can change it meanwhile. Returns the archive's bytes. */
export function writeArchive(directory: string, archive: string, isWanted: (path: string) => boolean): number {
  const target = openSync(archive, 'wx', 0o600)
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES)
    let bytes = 0
    for (const entry of entriesOf(directory, '')) {
      if (isWanted(entry.path))
        bytes += entry.isDirectory ? put(target, header(`${entry.path}/`, 0, '5')) : copyFile(entry.path)
    }
    return bytes + put(target, Buffer.alloc(2 * BLOCK_BYTES))

    function copyFile(path: string): number {
      const source = openSync(join(directory, path), 'r')
      try {
        const { size } = fstatSync(source)
        let written = put(target, header(path, size, '0'))
        for (let left = size; left > 0; ) {
          const read = readSync(source, buffer, 0, Math.min(COPY_BYTES, left), null)
          if (read === 0) throw new Error(`${path} shrank while it was copied`)
          written += put(target, buffer.subarray(0, read))
          left -= read
        }
        return written + put(target, Buffer.alloc(padding(size)))
      } finally {
        closeSync(source)
      }
    }
  } finally {
    closeSync(target)
  }
}

interface Entry {
  path: string
  isDirectory: boolean
}

function* entriesOf(root: string, prefix: string): Generator<Entry> {
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    yield { path, isDirectory: entry.isDirectory() }
    if (entry.isDirectory()) yield* entriesOf(root, path)
  }
}

function put(file: number, bytes: Buffer): number {
  let offset = 0
  while (offset < bytes.length) offset += writeSync(file, bytes, offset)
  return bytes.length
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES
}

function header(name: string, size: number, type: '0' | '5'): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new RangeError(`name too long for the archive: ${name}`)
  const block = Buffer.alloc(BLOCK_BYTES)
  const octal = (value: number, offset: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'latin1')
  }
  block.write(name, 0)
  octal(type === '5' ? 0o700 : 0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(0, 136, 11)
  block.write(' '.repeat(8), 148, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  )
  return block
}

/** Unpacks `archive` into `directory`, which must not exist, and returns the SHA-256 of the whole archive in hex. Throws when
 *  the archive is cut off or isn't one; what was unpacked so far is then the caller's to remove. */
export async function extractArchive(archive: string, directory: string): Promise<string> {
  await mkdir(directory, { mode: 0o700 })
  const hash = createHash('sha256')
  const reader = new ArchiveReader(directory)
  try {
    for await (const chunk of createReadStream(archive, { highWaterMark: COPY_BYTES })) {
      hash.update(chunk as Buffer)
      await reader.read(chunk as Buffer)
    }
    if (!reader.isComplete) throw new Error(`${archive} is cut off`)
  } finally {
    await reader.close()
  }
  return hash.digest('hex')
}

class ArchiveReader {
  readonly #directory: string
  #header = Buffer.alloc(0)
  #file: FileHandle | undefined
  #contentLeft = 0
  #paddingLeft = 0
  isComplete = false

  constructor(directory: string) {
    this.#directory = directory
  }

  async read(chunk: Buffer): Promise<void> {
    let offset = 0
    while (offset < chunk.length && !this.isComplete) offset += await this.#step(chunk.subarray(offset))
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** Takes one piece from the front and returns its length. */
  async #step(rest: Buffer): Promise<number> {
    if (this.#contentLeft > 0) {
      const piece = rest.subarray(0, this.#contentLeft)
      await this.#file?.writeFile(piece)
      this.#contentLeft -= piece.length
      if (this.#contentLeft === 0) await this.close()
      return piece.length
    }
    if (this.#paddingLeft > 0) {
      const skipped = Math.min(this.#paddingLeft, rest.length)
      this.#paddingLeft -= skipped
      return skipped
    }
    const piece = rest.subarray(0, BLOCK_BYTES - this.#header.length)
    this.#header = Buffer.concat([this.#header, piece])
    if (this.#header.length === BLOCK_BYTES) await this.#begin(this.#header)
    return piece.length
  }

  async #begin(block: Buffer): Promise<void> {
    this.#header = Buffer.alloc(0)
    if (block.every((byte) => byte === 0)) {
      this.isComplete = true
      return
    }
    const name = block.toString('utf8', 0, block.indexOf(0))
    if (name === '' || name.startsWith('/') || name.split('/').includes('..'))
      throw new Error(`bad name in archive: ${name}`)
    const path = join(this.#directory, name)
    if (block.toString('latin1', 156, 157) === '5') {
      await mkdir(path, { mode: 0o700 })
      return
    }
    const size = Number.parseInt(block.toString('latin1', 124, 135), 8)
    if (!Number.isSafeInteger(size)) throw new Error(`bad size in archive: ${name}`)
    const file = await open(path, 'wx', 0o600)
    this.#paddingLeft = padding(size)
    this.#contentLeft = size
    if (size === 0) await file.close()
    else this.#file = file
  }
}
