import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, read, readdirSync, readSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A plain ustar archive of a directory, written without holding it in memory, so that `tar` can read it too. */

const BLOCK_BYTES = 512
const COPY_BYTES = 1 << 20
const NAME_BYTES_MAX = 100
const SMALL_BYTES = 128 * 1_024
/** Synced in pieces, so that a journal on the same disk never waits for all of it. */
const SYNC_AFTER_BYTES = 32 << 20

export interface ArchiveOptions {
  isWanted: (path: string) => boolean
  /** Files whose content is given instead of read. */
  contents?: ReadonlyMap<string, Buffer>
  signal?: AbortSignal
}

/**
 * Copies what is in `directory` into the file `archive`, which must not exist, and syncs it. Others may write the directory
 * meanwhile: a file that goes is left out, what a file grows by is too, and where one shrinks the rest of the size that it had
 * is zeros. Returns the archive's bytes and their SHA-256 in hex. Throws when `signal` says so.
 */
export async function writeArchive(
  directory: string,
  archive: string,
  { isWanted, contents, signal }: ArchiveOptions,
): Promise<{ bytes: number; sha256: string }> {
  const writer = new ArchiveWriter(await open(archive, 'wx', 0o600))
  try {
    for (const { path, isDirectory } of entriesOf(directory, '')) {
      signal?.throwIfAborted()
      if (!isWanted(path)) continue
      const given = contents?.get(path)
      if (isDirectory) await writer.put(header(`${path}/`, 0, '5'))
      else if (given) await writer.putFile(path, given)
      else await writer.copyFile(path, join(directory, path))
    }
    return await writer.end()
  } finally {
    await writer.close()
  }
}

class ArchiveWriter {
  readonly #file: FileHandle
  readonly #hash = createHash('sha256')
  readonly #pending = Buffer.allocUnsafe(COPY_BYTES)
  #pendingBytes = 0
  #written = 0
  #synced = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async put(bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      const copied = bytes.copy(this.#pending, this.#pendingBytes, offset)
      this.#pendingBytes += copied
      offset += copied
      if (this.#pendingBytes === COPY_BYTES) await this.#flush()
    }
  }

  async putFile(path: string, content: Buffer): Promise<void> {
    await this.put(header(path, content.length, '0'))
    await this.put(content)
    await this.put(Buffer.alloc(padding(content.length)))
  }

  /** Small files, of which there are a thousand, are read at once: waiting for each would take longer than reading it. */
  async copyFile(path: string, from: string): Promise<void> {
    const source = openIfThere(from)
    if (source === undefined) return
    try {
      const { size } = fstatSync(source)
      await this.put(header(path, size, '0'))
      const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, size))
      for (let left = size; left > 0; ) {
        const length = Math.min(buffer.length, left)
        const isSmall = size <= SMALL_BYTES
        const bytesRead = isSmall ? readSync(source, buffer, 0, length, null) : await readSome(source, buffer, length)
        await this.put(bytesRead === 0 ? Buffer.alloc(length) : buffer.subarray(0, bytesRead))
        left -= bytesRead === 0 ? length : bytesRead
      }
      await this.put(Buffer.alloc(padding(size)))
    } finally {
      closeSync(source)
    }
  }

  async end(): Promise<{ bytes: number; sha256: string }> {
    await this.put(Buffer.alloc(2 * BLOCK_BYTES))
    await this.#flush()
    await this.#file.sync()
    return { bytes: this.#written, sha256: this.#hash.digest('hex') }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #flush(): Promise<void> {
    const bytes = this.#pending.subarray(0, this.#pendingBytes)
    this.#hash.update(bytes)
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done, bytes.length - done, null)).bytesWritten
    }
    this.#pendingBytes = 0
    this.#written += bytes.length
    if (this.#written - this.#synced < SYNC_AFTER_BYTES) return
    await this.#file.datasync()
    this.#synced = this.#written
  }
}

const readLater = promisify(read)

async function readSome(source: number, buffer: Buffer, length: number): Promise<number> {
  const { bytesRead } = await readLater(source, buffer, 0, length, null)
  return bytesRead
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}

interface Entry {
  path: string
  isDirectory: boolean
}

function* entriesOf(root: string, prefix: string): Generator<Entry> {
  for (const entry of readDirectory(join(root, prefix))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    yield { path, isDirectory: entry.isDirectory() }
    if (entry.isDirectory()) yield* entriesOf(root, path)
  }
}

function readDirectory(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
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
