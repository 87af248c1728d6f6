export interface Percentiles {
  p50: number
  p75: number
  p90: number
  p99: number
}

/** What this replica knows of how endpoints fare, at one moment; pure reads, all in memory. */
export interface EndpointHealth {
  /** No significant outage in the last 30 s. */
  isStable(endpointId: string): boolean
  /** Its breaker refuses requests now (but for a probe, which is handed out at dispatch). */
  isBroken(endpointId: string): boolean
  /** Of the last 5 minutes; null when too little is known. Milliseconds to the first content; tokens per second. */
  latency(endpointId: string): Percentiles | null
  throughput(endpointId: string): Percentiles | null
  /** Share of requests ending in tool calls whose calls were all valid, 0 to 1; null when too little is known. */
  toolQuality(endpointId: string): number | null
}
