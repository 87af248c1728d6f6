import { GatheredBytes } from '../platform/gathered-bytes.ts'

const LF = 10
const CR = 13

/** Cuts a byte stream into lines that end in LF, CR LF or CR, across chunk borders. A line over `lineBytesMax` throws. */
export class LineReader {
  readonly #lineBytesMax: number
  readonly #begun = new GatheredBytes()
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
    this.#skipLineFeed = bytes.length > 0 && bytes[bytes.length - 1] === CR
    const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1
    if (end === 0) {
      this.#begin(bytes)
      return []
    }
    const text = this.#withBegun(bytes.subarray(0, end)).toString('utf8')
    this.#begun.clear()
    this.#begin(bytes.subarray(end))
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
    lines.pop()
    return lines
  }

  /** What stands behind the last line end. */
  rest(): string {
    return this.#begun.bytes.toString('utf8')
  }

  #begin(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#begun.append(bytes)
    if (this.#begun.length > this.#lineBytesMax) throw new RangeError('line too long')
  }

  #withBegun(bytes: Buffer): Buffer {
    if (this.#begun.length === 0) return bytes
    this.#begun.append(bytes)
    return this.#begun.bytes
  }
}
