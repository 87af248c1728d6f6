import type { LeasePiece } from '../../domain/lease-protocol.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { Segment } from './journal.ts'

const BYTES_MIN = 65_536
/** A larger one isn't kept for the next batch. */
const REUSED_BYTES_MAX = 4_194_304
const LIST_START = 0x5b
const COMMA = 0x2c
const LIST_END = 0x5d

/**
 * Finished inferences on their way to the database together. Their JSON is copied into one buffer as they end, and what their leases
 * pay is added up: waiting for a batch outlives some collections of young objects, and what does so is moved to where only the
 * expensive ones look.
 */
export class PostingBatch {
  readonly #segments = new Map<Segment, number>()
  readonly #charges = new Map<string, NanoUsd>()
  #bytes = Buffer.allocUnsafeSlow(BYTES_MIN)
  #length = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  get isReusable(): boolean {
    return this.#bytes.length <= REUSED_BYTES_MAX
  }

  /** JSON in UTF-8, an array of all; good until another is added or all are cleared. */
  get rows(): Buffer {
    this.#bytes[this.#length] = LIST_END
    return this.#bytes.subarray(0, this.#length + 1)
  }

  get charges(): LeasePiece[] {
    return [...this.#charges].map(([lease, amount]) => ({ lease, amount }))
  }

  add(json: Buffer, charges: readonly LeasePiece[], segment: Segment): void {
    // One more before it, and one after the last.
    const end = this.#length + 1 + json.length
    if (end >= this.#bytes.length) this.#grow(end + 1)
    this.#bytes[this.#length] = this.#count === 0 ? LIST_START : COMMA
    json.copy(this.#bytes, this.#length + 1)
    this.#length = end
    this.#count += 1
    for (const { lease, amount } of charges) this.#charges.set(lease, (this.#charges.get(lease) ?? 0n) + amount)
    this.#segments.set(segment, (this.#segments.get(segment) ?? 0) + 1)
  }

  /** Tells their segments that they are in the database. */
  posted(): void {
    for (const [segment, count] of this.#segments) segment.unposted -= count
  }

  clear(): void {
    this.#segments.clear()
    this.#charges.clear()
    this.#length = 0
    this.#count = 0
  }

  #grow(min: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(min, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
