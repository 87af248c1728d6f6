import type { Percentiles } from '../../domain/endpoint-health.ts'
import type { BucketCounts } from '../../domain/endpoint-trials.ts'

const BUCKETS = 128
const GROWTH = Math.log(1.12)
const PERCENTILES = [0.5, 0.75, 0.9, 0.99] as const

/** Counts positive numbers from `least` to two million times as much, each with an error of at most 12 %, in 512 bytes. */
export class LogHistogram {
  readonly #least: number
  readonly #counts = new Uint32Array(BUCKETS)
  total = 0

  constructor(least: number) {
    this.#least = least
  }

  add(value: number): void {
    this.#count(Math.floor(Math.log(value / this.#least) / GROWTH), 1)
  }

  addAll(other: LogHistogram): void {
    for (const [bucket, count] of other.#counts.entries()) if (count > 0) this.#count(bucket, count)
  }

  /** Ignores what is no bucket of this histogram. */
  addCounts(counts: BucketCounts): void {
    for (const [bucket, count] of Object.entries(counts)) {
      if (/^\d{1,3}$/.test(bucket)) this.#count(Number(bucket), count)
    }
  }

  clear(): void {
    this.#counts.fill(0)
    this.total = 0
  }

  toCounts(): BucketCounts {
    const counts: Record<string, number> = {}
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts[bucket] = count
    return counts
  }

  /** Null when fewer than `needed` numbers were counted. */
  percentiles(needed: number): Percentiles | null {
    if (this.total < Math.max(needed, 1)) return null
    const [p50 = 0, p75 = 0, p90 = 0, p99 = 0] = PERCENTILES.map((share) => this.#valueAt(share))
    return { p50, p75, p90, p99 }
  }

  /** As if the numbers of a bucket were spread evenly over it. */
  #valueAt(share: number): number {
    const wanted = share * this.total
    let below = 0
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0 && below + count >= wanted) {
        return this.#least * Math.exp((bucket + (wanted - below) / count) * GROWTH)
      }
      below += count
    }
    return this.#least * Math.exp(BUCKETS * GROWTH)
  }

  #count(at: number, count: number): void {
    if (!Number.isFinite(count) || count <= 0) return
    const bucket = at > 0 ? Math.min(at, BUCKETS - 1) : 0
    const known = this.#counts[bucket]
    if (known === undefined) return
    this.#counts[bucket] = known + count
    this.total += count
  }
}
