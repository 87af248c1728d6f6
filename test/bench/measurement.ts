/** What the load generator is asked for, and what it reports. */
export interface LoadOrder {
  port: number
  /** The whole request, sent again and again. */
  request: string
  stream: boolean
  /** What the answers are read as. */
  format: LoadFormat
  /** Requests per second, sent on time whatever comes back; or as many connections, each sending when it was answered. */
  load: { ratePerSecond: number } | { connections: number }
  leadInMs: number
  windowMs: number
  /** The process whose CPU time and memory are read. Absent when there is none between load and upstream. */
  pid?: number
}

export type LoadFormat = 'chat' | 'messages'

export interface Measurement {
  completed: number
  failed: number
  requestsPerSecond: number
  /** Until the last byte; in a stream also until the first content. Measured from the moment it was due. */
  latencyMs: Percentiles
  firstContentMs: Percentiles
  /** Reads until the end of a response: whether a stream came in pieces. */
  readsPerResponse: number
  cpuMicrosPerRequest: number
  /** Share of one core that the process used during the window. */
  busy: number
  residentMb: number
  /** Requests due in the window that found no free connection, as a share of all due. */
  lateShare: number
  firstFailure?: string
}

export interface Percentiles {
  p50: number
  p99: number
}
