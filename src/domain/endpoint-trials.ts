import type { Fault, Rest } from './breaker.ts'
import type { EndpointHealth, Percentiles } from './endpoint-health.ts'

/** What came of an attempt that went well. */
export interface Measured {
  /** Milliseconds from sending it to the first content, and to the end. */
  latencyMs: number
  tookMs: number
  completionTokens: number
  /** Whether all tool calls at its end were valid; null when it didn't end in tool calls, or nobody looked. */
  areToolCallsValid: boolean | null
}

/** One attempt at an endpoint, as far as the endpoint's health is concerned. Exactly one of the last three ends it. */
export interface Trial {
  /** The first content has come: the endpoint works again, as far as can be told so early. */
  hasContent(): void
  succeeded(measured: Measured): void
  /** The endpoint is at fault. */
  failed(fault: Fault): void
  /** Nothing can be said of the endpoint: the caller left, or was at fault. */
  undecided(): void
}

/** Where attempts are announced, and where it is known whether they may be made. */
export interface EndpointTrials {
  /** Null where the endpoint is to be left alone now. */
  begin(endpointId: string): Trial | null
  /** Until when and why an endpoint is left alone. */
  restOf(endpointId: string): Rest
  /** Counts a request. */
  countRequest(): void
  /** Whether a request whose attempt failed may make one more, which is counted then. */
  mayFallBack(): boolean
}

/** What is shown of an endpoint; null where nothing is known. Uptime in percent of the requests. */
export interface EndpointFigures {
  uptime5m: number | null
  uptime30m: number | null
  uptime1d: number | null
  latency30m: Percentiles | null
  throughput30m: Percentiles | null
  /** As `EndpointHealth.toolQuality`. */
  toolQuality: number | null
  isBroken: boolean
}

export const NOTHING_KNOWN: EndpointFigures = {
  uptime5m: null,
  uptime30m: null,
  uptime1d: null,
  latency30m: null,
  throughput30m: null,
  toolQuality: null,
  isBroken: false,
}

/** Endpoints that are left alone: those that fail, and those that take no more requests than they have had. */
export interface RestingCounts {
  failures: number
  rate: number
}

/** All that a process knows of endpoints. */
export interface EndpointWatch extends EndpointHealth, EndpointTrials {
  figuresOf(endpointId: string): EndpointFigures
  countResting(): RestingCounts
}

/** Counts by bucket of a histogram. */
export type BucketCounts = Readonly<Record<string, number>>

/** How an endpoint fared within a minute, as one process saw it. */
export interface HealthMinute {
  endpointId: string
  /** Its beginning, in epoch milliseconds. */
  minute: number
  succeeded: number
  faults: number
  toolRequests: number
  toolFaults: number
  latency: BucketCounts
  throughput: BucketCounts
}

/** The same of an hour, of all processes. */
export interface HealthHour {
  endpointId: string
  /** Its beginning, in epoch milliseconds. */
  hour: number
  succeeded: number
  faults: number
}

/** Where processes tell each other, and those after them, how endpoints fare. */
export interface HealthStore {
  /** Posting the same minute again changes nothing. */
  post(minutes: readonly HealthMinute[]): Promise<void>
  /** What other processes posted of minutes that began from the one time to before the other, in epoch milliseconds. */
  load(from: number, before: number): Promise<(HealthMinute & { processId: string })[]>
  /** By the hour, what was posted of minutes that began from the one time to before the other. */
  loadHours(from: number, before: number): Promise<HealthHour[]>
}
