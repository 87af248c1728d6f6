import { Breaker, type Fault, type Rest } from '../../domain/breaker.ts'
import type { Percentiles } from '../../domain/endpoint-health.ts'
import type { EndpointFigures, HealthHour, HealthMinute, Measured, Trial } from '../../domain/endpoint-trials.ts'
import type { Clock } from '../../platform/clock.ts'
import { LogHistogram } from './log-histogram.ts'

/*
 * How one endpoint fares: counts and histograms by the minute for half an hour, counts by the hour for a day, counts by five
 * seconds for its last outage, and its breaker. Every ring is found by the time, so that noting an attempt is O(1) and a
 * place whose time has passed is used again. At most some 35 kB.
 */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
const MINUTES = 31
const HOURS = 25
const OUTAGE_SLOT_MS = 5_000
const OUTAGE_SLOTS = 7
const OUTAGE_MS = 30_000
/** Of the requests of the last half minute. */
const OUTAGE_SHARE = 0.2
const LATENCY_MS_LEAST = 1
const TOKENS_PER_SECOND_LEAST = 0.1
/** A percentile of fewer says nothing. */
const SAMPLES_MIN = 3
const READ_AGAIN_MS = 1_000

interface Count {
  /** Number of the time it counts, from the epoch. */
  at: number
  succeeded: number
  faults: number
}

interface Minute extends Count {
  toolRequests: number
  toolFaults: number
  latency: LogHistogram | null
  throughput: LogHistogram | null
}

const newCount = (): Count => ({ at: -1, succeeded: 0, faults: 0 })
const newMinute = (): Minute => ({ ...newCount(), toolRequests: 0, toolFaults: 0, latency: null, throughput: null })

export class EndpointRecord implements Trial {
  readonly id: string
  readonly #clock: Clock
  readonly breaker: Breaker
  readonly #minutes = Array.from({ length: MINUTES }, newMinute)
  readonly #hours = Array.from({ length: HOURS }, newCount)
  readonly #recent = Array.from({ length: OUTAGE_SLOTS }, newCount)
  #read: { until: number; figures: RecentFigures } | undefined
  /** Of the last attempt that was noted; epoch milliseconds. */
  usedAt: number

  constructor(id: string, { clock, cooldownMs }: { clock: Clock; cooldownMs: number }) {
    this.id = id
    this.#clock = clock
    this.breaker = new Breaker(cooldownMs)
    this.usedAt = clock.now()
  }

  /** What an attempt is that would be made now; null where none may be. */
  begin(): Trial | null {
    switch (this.breaker.begin(this.#clock.monotonic())) {
      case 'ordinary':
        return this
      case 'probe':
        return new Probe(this)
      case 'refused':
        return null
    }
  }

  hasContent(): void {}

  undecided(): void {}

  succeeded(measured: Measured): void {
    this.#worked(measured, false)
  }

  probeSucceeded(measured: Measured): void {
    this.#worked(measured, true)
  }

  failed(fault: Fault): void {
    this.#noteFault()
    this.breaker.failed(this.#clock.monotonic(), false, fault)
  }

  probeFailed(fault: Fault): void {
    this.#noteFault()
    this.breaker.failed(this.#clock.monotonic(), true, fault)
  }

  #note({ areToolCallsValid, completionTokens, latencyMs, tookMs }: Measured): void {
    const now = this.#clock.now()
    const minute = this.#minuteAt(Math.floor(now / MINUTE_MS))
    minute.succeeded += 1
    this.#hourAt(now).succeeded += 1
    this.#recentAt(now).succeeded += 1
    this.usedAt = now
    minute.latency ??= new LogHistogram(LATENCY_MS_LEAST)
    minute.latency.add(latencyMs)
    if (completionTokens > 0 && tookMs > 0) {
      minute.throughput ??= new LogHistogram(TOKENS_PER_SECOND_LEAST)
      minute.throughput.add((completionTokens * 1_000) / tookMs)
    }
    if (areToolCallsValid === null) return
    minute.toolRequests += 1
    if (!areToolCallsValid) minute.toolFaults += 1
  }

  #noteFault(): void {
    const now = this.#clock.now()
    this.#minuteAt(Math.floor(now / MINUTE_MS)).faults += 1
    this.#hourAt(now).faults += 1
    this.#recentAt(now).faults += 1
    this.usedAt = now
  }

  /** Whether there was no significant outage within half a minute, which is one of a fifth of the requests. When its rest is
   *  over and nobody has come, it counts as stable again: else nobody would ever find out. */
  isStable(): boolean {
    if (this.restMs() > 0) return false
    const first = Math.floor((this.#clock.now() - OUTAGE_MS) / OUTAGE_SLOT_MS)
    let all = 0
    let faults = 0
    for (const one of this.#recent) {
      if (one.at < first) continue
      all += one.succeeded + one.faults
      faults += one.faults
    }
    return faults === 0 || faults < all * OUTAGE_SHARE
  }

  isBroken(): boolean {
    return this.restMs() > 0
  }

  restMs(): number {
    return this.breaker.restMs(this.#clock.monotonic())
  }

  rest(): Rest {
    return this.breaker.rest(this.#clock.monotonic())
  }

  /** Of the last five minutes, worked out once a second at most. */
  recent(): RecentFigures {
    const now = this.#clock.monotonic()
    if (this.#read === undefined || this.#read.until <= now) {
      this.#read = { until: now + READ_AGAIN_MS, figures: this.#recentFigures() }
    }
    return this.#read.figures
  }

  figures(): EndpointFigures {
    const half = this.#minutesOf(30)
    const firstHour = Math.floor(this.#clock.now() / HOUR_MS) - HOURS + 1
    return {
      uptime5m: uptimeOf(this.#minutesOf(5)),
      uptime30m: uptimeOf(half),
      uptime1d: uptimeOf(this.#hours.filter(({ at }) => at >= firstHour)),
      latency30m: latencyOf(half),
      throughput30m: throughputOf(half),
      toolQuality: this.recent().toolQuality,
      isBroken: this.isBroken(),
    }
  }

  /** Those in which there was something, from the one number on and before the other. */
  minutesToPost(from: number, before: number): HealthMinute[] {
    return this.#minutes.flatMap((one) => {
      const { at, faults, latency, succeeded, throughput, toolFaults, toolRequests } = one
      if (at < from || at >= before || succeeded + faults === 0) return []
      return {
        endpointId: this.id,
        minute: at * MINUTE_MS,
        ...{ succeeded, faults, toolRequests, toolFaults },
        latency: latency?.toCounts() ?? {},
        throughput: throughput?.toCounts() ?? {},
      }
    })
  }

  /** Adds what another process saw. Of minutes that aren't over it counts in the last that is, so that it isn't posted again. */
  addMinute({ minute, ...seen }: HealthMinute): void {
    const now = this.#clock.now()
    const last = Math.floor(now / MINUTE_MS) - 1
    const at = Math.min(Math.floor(minute / MINUTE_MS), last)
    this.#hourAt(Math.min(minute, now)).succeeded += seen.succeeded
    this.#hourAt(Math.min(minute, now)).faults += seen.faults
    if (at <= last + 1 - MINUTES) return
    const slot = this.#minuteAt(at)
    slot.succeeded += seen.succeeded
    slot.faults += seen.faults
    slot.toolRequests += seen.toolRequests
    slot.toolFaults += seen.toolFaults
    slot.latency ??= new LogHistogram(LATENCY_MS_LEAST)
    slot.latency.addCounts(seen.latency)
    slot.throughput ??= new LogHistogram(TOKENS_PER_SECOND_LEAST)
    slot.throughput.addCounts(seen.throughput)
  }

  addHour({ faults, hour, succeeded }: HealthHour): void {
    const slot = this.#hourAt(hour)
    slot.succeeded += succeeded
    slot.faults += faults
  }

  #worked(measured: Measured, isProbe: boolean): void {
    this.#note(measured)
    this.breaker.succeeded(this.#clock.monotonic(), isProbe)
  }

  #recentFigures(): RecentFigures {
    const minutes = this.#minutesOf(5)
    const toolRequests = sum(minutes, ({ toolRequests }) => toolRequests)
    return {
      latency: latencyOf(minutes),
      throughput: throughputOf(minutes),
      toolQuality: toolRequests < SAMPLES_MIN ? null : 1 - sum(minutes, ({ toolFaults }) => toolFaults) / toolRequests,
    }
  }

  /** The running minute and as many before it. */
  #minutesOf(count: number): Minute[] {
    const first = Math.floor(this.#clock.now() / MINUTE_MS) - count
    return this.#minutes.filter(({ at }) => at >= first)
  }

  #minuteAt(at: number): Minute {
    const slot = placeOf(this.#minutes, at)
    if (slot.at !== at) {
      slot.toolRequests = 0
      slot.toolFaults = 0
      slot.latency?.clear()
      slot.throughput?.clear()
    }
    return beginAgain(slot, at)
  }

  #hourAt(now: number): Count {
    const at = Math.floor(now / HOUR_MS)
    return beginAgain(placeOf(this.#hours, at), at)
  }

  #recentAt(now: number): Count {
    const at = Math.floor(now / OUTAGE_SLOT_MS)
    return beginAgain(placeOf(this.#recent, at), at)
  }
}

export interface RecentFigures {
  latency: Percentiles | null
  throughput: Percentiles | null
  toolQuality: number | null
}

/** The one request that finds out whether an endpoint works again. */
class Probe implements Trial {
  readonly #record: EndpointRecord
  #isProbe = true

  constructor(record: EndpointRecord) {
    this.#record = record
  }

  hasContent(): void {
    if (!this.#isProbe) return
    this.#isProbe = false
    this.#record.breaker.promisesWell()
  }

  succeeded(measured: Measured): void {
    if (this.#isProbe) this.#record.probeSucceeded(measured)
    else this.#record.succeeded(measured)
  }

  failed(fault: Fault): void {
    if (this.#isProbe) this.#record.probeFailed(fault)
    else this.#record.failed(fault)
  }

  undecided(): void {
    if (this.#isProbe) this.#record.breaker.probeWasNone()
  }
}

function placeOf<T>(ring: readonly T[], at: number): T {
  const place = ring[at % ring.length]
  if (place === undefined) throw new RangeError('a time before the epoch')
  return place
}

function beginAgain<T extends Count>(slot: T, at: number): T {
  if (slot.at !== at) {
    slot.at = at
    slot.succeeded = 0
    slot.faults = 0
  }
  return slot
}

function uptimeOf(counts: readonly Count[]): number | null {
  const succeeded = sum(counts, (one) => one.succeeded)
  const all = succeeded + sum(counts, ({ faults }) => faults)
  return all === 0 ? null : (100 * succeeded) / all
}

function latencyOf(minutes: readonly Minute[]): Percentiles | null {
  const whole = new LogHistogram(LATENCY_MS_LEAST)
  for (const { latency } of minutes) if (latency !== null) whole.addAll(latency)
  return whole.percentiles(SAMPLES_MIN)
}

function throughputOf(minutes: readonly Minute[]): Percentiles | null {
  const whole = new LogHistogram(TOKENS_PER_SECOND_LEAST)
  for (const { throughput } of minutes) if (throughput !== null) whole.addAll(throughput)
  return whole.percentiles(SAMPLES_MIN)
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}
