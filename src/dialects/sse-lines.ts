const LF = 10
const CR = 13

/** Cuts a byte stream into lines that end in LF, CR LF or CR, across chunk borders. A line over `lineBytesMax` throws. */
export class LineReader {
  readonly #lineBytesMax: number
  #carry: Buffer | null = null
  #skipLineFeed = false

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): string[] {
    if (chunk.length === 0) return []
    let bytes = chunk
    if (this.#skipLineFeed) {
      if (bytes[0] === LF) bytes = bytes.subarray(1)
      this.#skipLineFeed = false
    }
    if (this.#carry) bytes = Buffer.concat([this.#carry, bytes])
    this.#skipLineFeed = bytes.length > 0 && bytes[bytes.length - 1] === CR
    const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1
    this.#carry = end < bytes.length ? bytes.subarray(end) : null
    if (this.#carry && this.#carry.length > this.#lineBytesMax) throw new RangeError('line too long')
    if (end === 0) return []
    const text = bytes.toString('utf8', 0, end)
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
    lines.pop()
    return lines
  }

  /** What stands behind the last line end. */
  rest(): string {
    return this.#carry?.toString('utf8') ?? ''
  }
}
