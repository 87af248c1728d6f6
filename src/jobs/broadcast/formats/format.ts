import type { Trace } from '../trace.ts'

/** One request to a destination, ready to be sent. */
export interface TraceRequest {
  method: 'GET' | 'POST' | 'PUT'
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** A request, and the generations that it is about. */
export interface TraceBatch {
  ids: readonly string[]
  request: TraceRequest
}

/** The configuration of a destination with its secrets. Checked when it was stored. */
export type DestinationSecrets = Readonly<Record<string, unknown>>

export interface Sending {
  config: DestinationSecrets
  /** Epoch milliseconds. */
  now: number
}

/** How traces are put for one type of destination. Pure. */
export interface TraceFormat {
  /** In the order of the traces. */
  encode: (traces: readonly Trace[], sending: Sending) => TraceBatch[]
  /** What shows whether it can be reached and lets us in, as harmlessly as it can be had. */
  probe: (sending: Sending) => TraceRequest
  /** Whether an answer other than 2xx to the probe is a good one, too. */
  isProbeGood?: (status: number) => boolean
  /** What is wrong with an answer of 2xx; undefined where nothing is. */
  faultIn?: (body: string) => string | undefined
}

/** A field of a configuration that is a text; '' where it isn't given. */
export function textIn(config: DestinationSecrets, name: string): string {
  const value = config[name]
  return typeof value === 'string' ? value : ''
}

/** The headers that the customer wants beside those of the format. */
export function headersIn(config: DestinationSecrets): Record<string, string> {
  const given = (config['headers'] ?? {}) as Record<string, string>
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
}

/** `base` without slashes at its end, and `path`. */
export function joinUrl(base: string, path: string): string {
  return base.replace(/\/+$/, '') + path
}
