import type { Rest } from '../../domain/breaker.ts'
import type { Percentiles } from '../../domain/endpoint-health.ts'
import {
  type EndpointFigures,
  type EndpointWatch,
  type HealthMinute,
  type HealthStore,
  NOTHING_KNOWN,
  type RestingCounts,
  type Trial,
} from '../../domain/endpoint-trials.ts'
import { RetryBudget } from '../../domain/retry-budget.ts'
import type { Clock } from '../../platform/clock.ts'
import { EndpointRecord, HOUR_MS, MINUTE_MS, type RecentFigures } from './endpoint-record.ts'

const ENDPOINTS_MAX = 1_000
const LOADED_MINUTES = 30
const LOADED_HOURS = 24
/** Minutes that others may still be posting. */
const LATE_MINUTES = 3

const NO_REST: Rest = { ms: 0, isRateLimit: false }
const NOT_MEASURED: RecentFigures = { latency: null, throughput: null, toolQuality: null }

/**
 * How endpoints fare, as far as this process knows: from its own attempts, and once a minute from those of others on the same
 * database. Keeps at most a thousand endpoints, those used last.
 */
export class HealthBook implements EndpointWatch {
  readonly #clock: Clock
  readonly #cooldownMs: number
  readonly #records = new Map<string, EndpointRecord>()
  readonly #budget = new RetryBudget()
  /** The first minute of ours that isn't posted. */
  #unposted: number
  /** Minutes of others that are counted in, of those that may be loaded again. */
  readonly #counted = new Map<string, number>()

  /** `cooldownMs` is how long an endpoint rests that fails again and again; 0 for never. */
  constructor(options: { clock: Clock; cooldownMs: number }) {
    this.#clock = options.clock
    this.#cooldownMs = options.cooldownMs
    this.#unposted = this.#minute()
  }

  begin(endpointId: string): Trial | null {
    return this.#recordOf(endpointId).begin()
  }

  restOf(endpointId: string): Rest {
    return this.#records.get(endpointId)?.rest() ?? NO_REST
  }

  countRequest(): void {
    this.#budget.countRequest(this.#clock.monotonic())
  }

  mayFallBack(): boolean {
    return this.#budget.take(this.#clock.monotonic())
  }

  isStable(endpointId: string): boolean {
    return this.#records.get(endpointId)?.isStable() ?? true
  }

  isBroken(endpointId: string): boolean {
    return this.#records.get(endpointId)?.isBroken() ?? false
  }

  latency(endpointId: string): Percentiles | null {
    return this.#recent(endpointId).latency
  }

  throughput(endpointId: string): Percentiles | null {
    return this.#recent(endpointId).throughput
  }

  toolQuality(endpointId: string): number | null {
    return this.#recent(endpointId).toolQuality
  }

  figuresOf(endpointId: string): EndpointFigures {
    return this.#records.get(endpointId)?.figures() ?? NOTHING_KNOWN
  }

  countResting(): RestingCounts {
    const rests = [...this.#records.values()].map((record) => record.rest()).filter(({ ms }) => ms > 0)
    const rate = rests.filter(({ isRateLimit }) => isRateLimit).length
    return { failures: rests.length - rate, rate }
  }

  /** Reads what was seen before this process was there. */
  async load(store: HealthStore): Promise<void> {
    const now = this.#clock.now()
    this.#unposted = this.#minute()
    const from = now - LOADED_MINUTES * MINUTE_MS
    for (const hour of await store.loadHours(now - LOADED_HOURS * HOUR_MS, from)) {
      this.#recordOf(hour.endpointId).addHour(hour)
    }
    this.#countIn(await store.load(from, now + MINUTE_MS))
  }

  /** Posts what this process saw of minutes that are over, and reads what others did. Throws what the store throws. */
  async exchange(store: HealthStore): Promise<void> {
    const minute = this.#minute()
    await this.#postBefore(minute, store)
    this.#countIn(await store.load((minute - LATE_MINUTES) * MINUTE_MS, minute * MINUTE_MS))
    for (const [name, at] of this.#counted) if (at < (minute - LATE_MINUTES) * MINUTE_MS) this.#counted.delete(name)
  }

  /** Posts what is left, at the end of the process. */
  async postAll(store: HealthStore): Promise<void> {
    await this.#postBefore(this.#minute() + 1, store)
  }

  async #postBefore(minute: number, store: HealthStore): Promise<void> {
    const minutes = [...this.#records.values()].flatMap((record) => record.minutesToPost(this.#unposted, minute))
    if (minutes.length > 0) await store.post(minutes)
    this.#unposted = Math.max(this.#unposted, minute)
  }

  #countIn(minutes: readonly (HealthMinute & { processId: string })[]): void {
    for (const { processId, ...minute } of minutes) {
      const name = `${processId} ${minute.endpointId} ${minute.minute}`
      if (this.#counted.has(name)) continue
      this.#counted.set(name, minute.minute)
      this.#recordOf(minute.endpointId).addMinute(minute)
    }
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS)
  }

  #recent(endpointId: string): RecentFigures {
    return this.#records.get(endpointId)?.recent() ?? NOT_MEASURED
  }

  #recordOf(endpointId: string): EndpointRecord {
    const known = this.#records.get(endpointId)
    if (known !== undefined) return known
    if (this.#records.size >= ENDPOINTS_MAX) this.#forgetOldest()
    const record = new EndpointRecord(endpointId, { clock: this.#clock, cooldownMs: this.#cooldownMs })
    this.#records.set(endpointId, record)
    return record
  }

  #forgetOldest(): void {
    let oldest: EndpointRecord | undefined
    for (const record of this.#records.values()) {
      if (oldest === undefined || record.usedAt < oldest.usedAt) oldest = record
    }
    if (oldest !== undefined) this.#records.delete(oldest.id)
  }
}
