import { GatheredBytes } from '../../platform/gathered-bytes.ts'
import { crc32 } from './crc32.ts'

/*
 * The binary framing of AWS's event streams, whatever is cut where:
 *
 *   total length (4) | length of the headers (4) | CRC of these 8 (4) | headers | payload | CRC of all before (4)
 *
 * A header is the length of its name (1), the name, the type of its value (1), the value. Source: smithy.io,
 * "Amazon Event Stream Specification".
 */

export interface EventFrame {
  /** Those whose values are texts; nothing needs the others. */
  headers: ReadonlyMap<string, string>
  payload: Buffer
}

const PRELUDE_BYTES = 12
const CRC_BYTES = 4
const FRAME_BYTES_MAX = 16 * 1_048_576
const HEADERS_BYTES_MAX = 131_072
const TEXT = 7
/** Bytes of values of a fixed length, by type: true, false, byte, short, integer, long, and timestamp, UUID. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }
const BYTES = 6

export class EventStreamReader {
  readonly #begun = new GatheredBytes()

  /** Whether a frame has begun that isn't whole. */
  get isInFrame(): boolean {
    return this.#begun.length > 0
  }

  /** The frames that `chunk` completes. Throws RangeError when the bytes are no event stream, or a frame of over 16 MiB. */
  push(chunk: Buffer): EventFrame[] {
    if (chunk.length === 0) return []
    this.#begun.append(chunk)
    let { bytes } = this.#begun
    const frames: EventFrame[] = []
    for (let length = lengthOfFrame(bytes); length !== undefined; length = lengthOfFrame(bytes)) {
      frames.push(readFrame(bytes.subarray(0, length)))
      bytes = bytes.subarray(length)
    }
    if (frames.length === 0) return frames
    this.#begun.clear()
    if (bytes.length > 0) this.#begun.append(bytes)
    return frames
  }
}

/** Undefined while it isn't all there. */
function lengthOfFrame(bytes: Buffer): number | undefined {
  if (bytes.length < PRELUDE_BYTES) return undefined
  const total = readTotal(bytes)
  return bytes.length < total ? undefined : total
}

function readTotal(prelude: Buffer): number {
  const total = prelude.readUInt32BE(0)
  const headers = prelude.readUInt32BE(4)
  if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8)) throw new RangeError('checksum of a prelude is wrong')
  if (total > FRAME_BYTES_MAX || headers > HEADERS_BYTES_MAX) throw new RangeError('frame too long')
  if (total < PRELUDE_BYTES + headers + CRC_BYTES) throw new RangeError('lengths of a frame contradict each other')
  return total
}

function readFrame(frame: Buffer): EventFrame {
  const end = frame.length - CRC_BYTES
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw new RangeError('checksum of a frame is wrong')
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4)
  return { headers: readHeaders(frame.subarray(PRELUDE_BYTES, headersEnd)), payload: frame.subarray(headersEnd, end) }
}

function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at)
    const name = bytes.toString('utf8', at + 1, nameEnd)
    const type = bytes.readUInt8(nameEnd)
    const isSized = type === TEXT || type === BYTES
    const length = isSized ? bytes.readUInt16BE(nameEnd + 1) : FIXED_BYTES[type]
    if (length === undefined) throw new RangeError('unknown type of a header')
    const start = nameEnd + 1 + (isSized ? 2 : 0)
    at = start + length
    if (at > bytes.length) throw new RangeError('a header is cut off')
    if (type === TEXT) headers.set(name, bytes.toString('utf8', start, at))
  }
  return headers
}
