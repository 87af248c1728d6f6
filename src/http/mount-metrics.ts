import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { toMetrics } from '../observe/metrics.ts'
import { metricsText } from '../observe/metrics-text.ts'
import { EventLoopDelay } from '../platform/event-loop-delay.ts'
import { DEGRADED_MODES, type HttpParts } from './http-parts.ts'

/** `/metrics` for Prometheus, behind a token of its own; 404 where there is none. */
export function mountMetrics(app: FastifyInstance, parts: HttpParts): void {
  const { metricsToken } = parts
  if (metricsToken === null) return
  const expected = digestOf(`Bearer ${metricsToken}`)
  const eventLoop = new EventLoopDelay()
  app.get('/metrics', async (request, reply) => {
    if (!timingSafeEqual(digestOf(request.headers.authorization ?? ''), expected))
      throw new AppError('unauthorized', 'This needs the token in SWITCHYARD_METRICS_TOKEN')
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(textOf(parts, eventLoop))
  })
}

function textOf(parts: HttpParts, eventLoop: EventLoopDelay): string {
  const { degraded, isReady, samples, unconfirmedLeaseCount, unflushedCount } = parts
  const named = degraded()
  return metricsText(
    toMetrics({
      ...samples(),
      switchyard_ready: [{ value: Number(isReady()) }],
      switchyard_degraded: DEGRADED_MODES.map((mode) => ({ labels: { mode }, value: Number(named.includes(mode)) })),
      switchyard_unflushed_generations: [{ value: unflushedCount() }],
      switchyard_unconfirmed_leases: [{ value: unconfirmedLeaseCount() }],
      switchyard_event_loop_delay_seconds: [{ labels: { quantile: '0.99' }, value: eventLoop.p99Seconds() }],
    }),
  )
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
