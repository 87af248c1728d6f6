import type { Metric, Sample } from './metrics-text.ts'

interface Declared {
  help: string
  isCounter?: true
}

/** Of sending traces to destinations, by their type. The gauges are of the whole installation, the same from each process. */
const BROADCAST_METRICS = {
  switchyard_broadcast_waiting: { help: 'Traces that wait for destinations' },
  switchyard_broadcast_oldest_waiting_seconds: {
    help: 'How long the oldest trace waits for a destination that is sent to',
  },
  switchyard_broadcast_dead_letters: { help: 'Traces that were given up and can be sent again' },
  switchyard_broadcast_failing_destinations: { help: 'Destinations that did not take the last traces' },
  switchyard_broadcast_delivered_total: { help: 'Traces that destinations took from this process', isCounter: true },
  switchyard_broadcast_failures_total: {
    help: 'Batches that destinations did not take from this process',
    isCounter: true,
  },
  switchyard_broadcast_given_up_total: { help: 'Traces that this process made dead letters', isCounter: true },
  switchyard_broadcast_dropped_total: { help: 'Dead letters that this process dropped', isCounter: true },
} as const satisfies Record<string, Declared>
export type BroadcastMetric = keyof typeof BROADCAST_METRICS

/** Of what this process observed. */
const OBSERVATION_METRICS = {
  switchyard_inferences_total: { help: 'Inferences that went to a provider, by how they ended', isCounter: true },
  switchyard_inference_errors_total: { help: 'Inferences that were answered with an error', isCounter: true },
  switchyard_faults_total: { help: 'Requests that met a fault of the gateway', isCounter: true },
} as const satisfies Record<string, Declared>
export type ObservationMetric = keyof typeof OBSERVATION_METRICS

/** Of the traces of this process for its operator. */
const TRACE_METRICS = {
  switchyard_trace_spans_sent_total: { help: 'Spans that the collector of the operator took', isCounter: true },
  switchyard_trace_spans_dropped_total: { help: 'Spans that it did not take, or that found no room', isCounter: true },
} as const satisfies Record<string, Declared>
export type TraceMetric = keyof typeof TRACE_METRICS

/** All that `/metrics` tells. Labels never name a key, a person, a workspace or a destination. */
export const METRICS = {
  switchyard_ready: { help: 'Whether this process is ready' },
  switchyard_degraded: { help: 'Whether something works in a lesser way' },
  switchyard_unflushed_generations: { help: 'Finished requests that are not in the database yet' },
  switchyard_unconfirmed_leases: {
    help: 'Leases of lost processes that count as spent until an administrator decides',
  },
  switchyard_event_loop_delay_seconds: {
    help: 'How late this process comes to what is due, over the last minute or two',
  },
  switchyard_resting_endpoints: { help: 'Endpoints of providers that this process leaves alone at the moment' },
  ...OBSERVATION_METRICS,
  ...BROADCAST_METRICS,
  ...TRACE_METRICS,
} as const satisfies Record<string, Declared>
export type MetricName = keyof typeof METRICS
/** What is not known where metrics are put together. */
export type SuppliedMetric = BroadcastMetric | ObservationMetric | TraceMetric | 'switchyard_resting_endpoints'
export type Samples = Readonly<Record<MetricName, readonly Sample[]>>

/** What is declared, with its values, in the order of the declaration. */
export function toMetrics(samples: Samples): Metric[] {
  return Object.entries<Declared>(METRICS).map(([name, declared]) => ({
    name,
    ...declared,
    values: samples[name as MetricName],
  }))
}
