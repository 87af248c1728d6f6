import { constants, ftruncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { PIECE_BYTES_MAX } from './log-archive.ts'

/*
 * The engine's own log, as files: segments of one size in `pg_wal`, named by timeline and place. What was written stays as it
 * is until a checkpoint lets the engine reuse the segment under another name.
 */

export interface LogShape {
  /** Eight hexadecimal digits, the beginning of each segment's name. */
  timeline: string
  segmentBytes: number
}

/** A position as the engine writes it (`0/1A2B3C`), in bytes from the log's beginning. */
export function parsePosition(text: string): bigint {
  const [high = '', low = ''] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

export function formatPosition(position: bigint): string {
  return `${hex(position >> 32n)}/${hex(position & 0xffffffffn)}`
}

function hex(value: bigint): string {
  return value.toString(16).toUpperCase()
}

export function segmentStart({ segmentBytes }: LogShape, position: bigint): bigint {
  return position - (position % BigInt(segmentBytes))
}

function segmentPath(directory: string, { timeline, segmentBytes }: LogShape, position: bigint): string {
  const place = [position >> 32n, (position & 0xffffffffn) / BigInt(segmentBytes)]
  return join(directory, 'pg_wal', timeline + place.map((value) => hex(value).padStart(8, '0')).join(''))
}

export interface LogStretch {
  from: bigint
  to: bigint
  content: Buffer
}

/** What the log holds from `from` until before `to`, in order, at most a piece and a segment at a time. Throws when a segment is
 *  there no more. */
export async function* readLog(
  directory: string,
  shape: LogShape,
  range: { from: bigint; to: bigint },
): AsyncGenerator<LogStretch> {
  for (let from = range.from; from < range.to; ) {
    const segmentEnd = segmentStart(shape, from) + BigInt(shape.segmentBytes)
    const to = [range.to, segmentEnd, from + BigInt(PIECE_BYTES_MAX)].reduce((least, end) =>
      end < least ? end : least,
    )
    yield { from, to, content: await readStretch(segmentPath(directory, shape, from), shape, { from, to }) }
    from = to
  }
}

async function readStretch(path: string, shape: LogShape, { from, to }: { from: bigint; to: bigint }): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const content = Buffer.allocUnsafe(Number(to - from))
    const { bytesRead } = await file.read(content, 0, content.length, Number(from - segmentStart(shape, from)))
    if (bytesRead < content.length) throw new Error(`${path} is too short`)
    return content
  } finally {
    await file.close()
  }
}

/** Writes a stretch of the log; what a segment has no content for is zeros, where the engine sees the log's end. */
export async function writeLog(
  directory: string,
  shape: LogShape,
  { from, content }: Omit<LogStretch, 'to'>,
): Promise<void> {
  const file = await open(segmentPath(directory, shape, from), constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    ftruncateSync(file.fd, shape.segmentBytes)
    await file.write(content, 0, content.length, Number(from - segmentStart(shape, from)))
  } finally {
    await file.close()
  }
}
