import { createHash } from 'node:crypto'

const QUOTE = 34
const BACKSLASH = 92
const SPACES = new Set([9, 10, 13, 32])

/** SHA-256 of a JSON text without the space between its parts, in hex. The order of properties and how values are written
 *  count. What isn't JSON has some hash too. */
export function hashJson(bytes: Buffer): string {
  const dense = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (SPACES.has(byte)) continue
    if (byte !== QUOTE) {
      dense[length] = byte
      length += 1
      continue
    }
    const end = endOfString(bytes, at)
    length += bytes.copy(dense, length, at, end)
    at = end - 1
  }
  return createHash('sha256').update(dense.subarray(0, length)).digest('hex')
}

/** Behind the quote that closes the string at `start`, or behind the last byte. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return Math.min(at + 1, bytes.length)
}
