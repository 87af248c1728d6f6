import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../domain/app-error.ts'
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
  const { degraded, isReady, unconfirmedLeaseCount, unflushedCount } = parts
  const named = degraded()
  return metricsText([
    { name: 'switchyard_ready', help: 'Whether this process is ready', values: [{ value: Number(isReady()) }] },
    {
      name: 'switchyard_degraded',
      help: 'Whether something works in a lesser way',
      values: DEGRADED_MODES.map((mode) => ({ labels: { mode }, value: Number(named.includes(mode)) })),
    },
    {
      name: 'switchyard_unflushed_generations',
      help: 'Finished requests that are not in the database yet',
      values: [{ value: unflushedCount() }],
    },
    {
      name: 'switchyard_unconfirmed_leases',
      help: 'Leases of lost processes that count as spent until an administrator decides',
      values: [{ value: unconfirmedLeaseCount() }],
    },
    {
      name: 'switchyard_event_loop_delay_seconds',
      help: 'How late this process comes to what is due, over the last minute or two',
      values: [{ labels: { quantile: '0.99' }, value: eventLoop.p99Seconds() }],
    },
  ])
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
