import { type Config, publicUrlOf } from '../config/config.ts'
import type { Samples, TraceMetric } from '../observe/metrics.ts'
import type { Observe } from '../observe/observation.ts'
import type { ServedAt } from '../observe/traces/inference-trace.ts'
import type { Tracer } from '../observe/traces/tracer.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'

const STOP_MS = 3_000
const ANSWER_MS = 10_000
const ANSWER_BYTES_MAX = 262_144
/** The operator says where: any address will do. */
const ANYWHERE = { allowedCidrs: ['0.0.0.0/0', '::/0'] }

/** The operator's own traces. */
export interface Tracing {
  /** Undefined where there are none. */
  tracer: Tracer | undefined
  samples(): Pick<Samples, TraceMetric>
  stop(): Promise<void>
}

const OFF: Tracing = {
  tracer: undefined,
  samples: () => ({
    switchyard_trace_spans_sent_total: [{ value: 0 }],
    switchyard_trace_spans_dropped_total: [{ value: 0 }],
  }),
  stop: async () => {},
}

/** Loads what traces only where they are wanted. */
export async function startTracing(config: Config, observe: Observe): Promise<Tracing> {
  const { tracing, upstreamConnectTimeoutMs: connectTimeoutMs } = config
  if (tracing === null) return OFF
  const { SpanExporter } = await import('../observe/traces/span-exporter.ts')
  const { Tracer } = await import('../observe/traces/tracer.ts')
  const { headers, ratio, resource, sampler, url } = tracing
  const send = createGuardedHttp({
    egress: ANYWHERE,
    connectTimeoutMs,
    timeoutMs: ANSWER_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
    allowsPlain: true,
  })
  const servedAt = servedAtOf(new URL(publicUrlOf(config, config.port)))
  const exporter = new SpanExporter({ url, headers, resource, servedAt, send, clock, observe, random: Math.random })
  return {
    tracer: new Tracer({ clock, sampler: { name: sampler, ratio }, add: exporter.add }),
    samples: () => exporter.samples(),
    stop: () => exporter.stop(STOP_MS),
  }
}

function servedAtOf({ hostname: address, port, protocol }: URL): ServedAt {
  const scheme = protocol.slice(0, -1)
  return { scheme, address, port: Number(port || (scheme === 'https' ? 443 : 80)) }
}
