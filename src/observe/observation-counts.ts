import type { ObservationMetric, Samples } from './metrics.ts'
import type { Sample } from './metrics-text.ts'
import type { Observation, Observe } from './observation.ts'

/** The ends of an inference and the statuses of errors that are told before there were any, so that the first is seen as a step. */
const OUTCOMES = ['done', 'upstream_error', 'cancelled', 'crash_padding'] as const
const STATUSES = ['400', '401', '402', '403', '404', '408', '413', '429', '500', '502', '503'] as const

/** Counts, for metrics, what this process observed. */
export class ObservationCounts {
  readonly #outcomes = new Map<string, number>(OUTCOMES.map((outcome) => [outcome, 0]))
  readonly #statuses = new Map<string, number>(STATUSES.map((status) => [status, 0]))
  #faults = 0

  /** Tells the sink, too. */
  counting(sink: Observe): Observe {
    return (observation) => {
      this.#count(observation)
      sink(observation)
    }
  }

  samples(): Pick<Samples, ObservationMetric> {
    return {
      switchyard_inferences_total: byLabel('outcome', this.#outcomes),
      switchyard_inference_errors_total: byLabel('status', this.#statuses),
      switchyard_faults_total: [{ value: this.#faults }],
    }
  }

  #count(observation: Observation): void {
    if (observation.type === 'inference_finished') increase(this.#outcomes, observation.outcome)
    else if (observation.type === 'inference_refused') increase(this.#statuses, String(observation.status))
    else if (observation.type === 'request_failed') this.#faults += 1
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function byLabel(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }))
}
