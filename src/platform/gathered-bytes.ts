const EMPTY: Buffer = Buffer.alloc(0)
const BYTES_MIN = 1_024

/** Bytes that come in pieces, put together as they come: thousands of small ones neither stay objects of their own nor are copied
 *  again with each. */
export class GatheredBytes {
  #bytes: Buffer = EMPTY
  /** The first piece stays where it is until there is another. */
  #isOwn = false
  #length = 0

  get length(): number {
    return this.#length
  }

  /** All that has come; good until more does. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  append(piece: Buffer): void {
    if (this.#length === 0 && !this.#isOwn) {
      this.#bytes = piece
      this.#length = piece.length
      return
    }
    const length = this.#length + piece.length
    if (!this.#isOwn || length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length, BYTES_MIN))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
      this.#isOwn = true
    }
    piece.copy(this.#bytes, this.#length)
    this.#length = length
  }

  clear(): void {
    this.#bytes = EMPTY
    this.#isOwn = false
    this.#length = 0
  }
}
