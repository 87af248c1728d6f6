import { createHash } from 'node:crypto'
import { ftruncateSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/*
 * A copy of the engine's own log, as far as it was written at each durable point, in one file that only grows. It is a row of
 * pieces, each a line of JSON and then the bytes of the log that it describes. A power loss may cut off or spoil the pieces
 * that were not synced, which are the last ones: reading ends before the first that isn't what was written.
 */

const LINE_BYTES_MAX = 1_024
const NEWLINE = 0x0a
/** At most so much of the log is one piece. */
export const PIECE_BYTES_MAX = 4 * 1_048_576

/** What is known at a durable point. */
export interface DurablePoint {
  /** Rises with each. */
  point: number
  /** The caller's word for what the log certainly contains here; '' means nothing. */
  mark: string
  bootId: string
  createdAt: string
}

export interface LogPiece extends DurablePoint {
  /** Positions in the engine's log, the first included. */
  from: bigint
  to: bigint
}

/** How far an archive can be trusted. */
export interface ArchiveEnd {
  last: (LogPiece & { content: Buffer }) | undefined
  /** Of all whole pieces. */
  bytes: number
}

/** Reads the whole pieces in order and says where they end. */
export async function readLogArchive(
  path: string,
  onPiece: (piece: LogPiece, content: Buffer) => Promise<void> | void,
): Promise<ArchiveEnd> {
  const file = await open(path, 'r')
  try {
    const end: ArchiveEnd = { last: undefined, bytes: 0 }
    for (;;) {
      const found = await readPiece(file, end.bytes)
      if (!found || (end.last && found.piece.from !== end.last.to)) return end
      await onPiece(found.piece, found.content)
      end.last = { ...found.piece, content: found.content }
      end.bytes = found.end
    }
  } finally {
    await file.close()
  }
}

async function readPiece(
  file: FileHandle,
  at: number,
): Promise<{ piece: LogPiece; content: Buffer; end: number } | undefined> {
  const start = await readBytes(file, at, LINE_BYTES_MAX)
  const lineBytes = start.indexOf(NEWLINE)
  const described = lineBytes < 0 ? undefined : parseLine(start.toString('utf8', 0, lineBytes))
  if (!described) return undefined
  const length = Number(described.piece.to - described.piece.from)
  const begin = at + lineBytes + 1
  const content = await readBytes(file, begin, length)
  if (content.length < length || hashOf(described.piece, content) !== described.sha256) return undefined
  return { piece: described.piece, content, end: begin + length }
}

function parseLine(line: string): { piece: LogPiece; sha256: string } | undefined {
  try {
    const { from, to, sha256, ...known } = JSON.parse(line) as DurablePoint & Record<'from' | 'to' | 'sha256', string>
    const piece = { ...known, from: BigInt(from), to: BigInt(to) }
    const length = piece.to - piece.from
    return length > 0n && length <= BigInt(PIECE_BYTES_MAX) ? { piece, sha256 } : undefined
  } catch {
    return undefined
  }
}

async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
  return buffer.subarray(0, bytesRead)
}

function fieldsOf({ from, to, ...known }: LogPiece): Record<string, unknown> {
  return { from: String(from), to: String(to), ...known }
}

function hashOf(piece: LogPiece, content: Buffer): string {
  return createHash('sha256')
    .update(JSON.stringify(fieldsOf(piece)))
    .update(content)
    .digest('hex')
}

/** An archive being written. */
export class LogArchive {
  readonly #file: FileHandle
  #bytes: number
  #last: LogPiece | undefined
  #synced: LogPiece | undefined

  private constructor(file: FileHandle, { bytes, last }: ArchiveEnd) {
    this.#file = file
    this.#bytes = bytes
    this.#last = last
    this.#synced = last
  }

  /** The last piece. */
  get last(): LogPiece | undefined {
    return this.#last
  }

  /** The last piece that a power loss can't take away. */
  get synced(): LogPiece | undefined {
    return this.#synced
  }

  static async create(path: string): Promise<LogArchive> {
    return new LogArchive(await open(path, 'wx', 0o600), { bytes: 0, last: undefined })
  }

  /** Goes on after the last whole piece. */
  static async resume(path: string, end: ArchiveEnd): Promise<LogArchive> {
    const file = await open(path, 'r+')
    ftruncateSync(file.fd, end.bytes)
    return new LogArchive(file, end)
  }

  /** Not durable before `sync`. A piece that couldn't be written whole is overwritten by the next. */
  async append(piece: LogPiece, content: Buffer): Promise<void> {
    const line = `${JSON.stringify({ ...fieldsOf(piece), sha256: hashOf(piece, content) })}\n`
    const bytes = Buffer.concat([Buffer.from(line), content])
    for (let written = 0; written < bytes.length; ) {
      const rest = bytes.subarray(written)
      written += (await this.#file.write(rest, 0, rest.length, this.#bytes + written)).bytesWritten
    }
    this.#bytes += bytes.length
    this.#last = piece
  }

  async sync(): Promise<void> {
    const last = this.#last
    await this.#file.datasync()
    this.#synced = last
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
