import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Observation } from '../observation.ts'
import type { InferenceFacts } from './inference-trace.ts'
import { SpanExporter } from './span-exporter.ts'

/* The exporter under a virtual clock: how much waits, when it is sent again, and what a stop leaves. */

const FACTS: InferenceFacts = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  route: '/api/v1/chat/completions',
  requestId: 'req-1',
  startedAt: 0,
  endedAt: 1,
  attempts: [],
  answer: { status: 200, error: null, workspaceId: 'w' },
  end: {
    generationId: 'gen-1',
    operation: 'chat',
    model: 'a/b',
    isStream: false,
    outcome: 'done',
    upstreamId: null,
    finishReason: null,
    inputTokens: 1,
    outputTokens: 1,
    firstChunkMs: null,
  },
}
const ROOM = 4_096

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function exporterOf(answer: (signal: AbortSignal) => Promise<{ status: number; headers?: Record<string, string> }>) {
  const told: Observation[] = []
  const sentAt: number[] = []
  const exporter = new SpanExporter({
    url: 'http://collector/v1/traces',
    headers: {},
    resource: {},
    servedAt: { scheme: 'http', address: 'localhost', port: 80 },
    clock: { now: () => Date.now(), monotonic: () => Date.now() },
    observe: (observation) => void told.push(observation),
    random: () => 1,
    send: async ({ signal }) => {
      sentAt.push(Date.now())
      return { headers: {}, body: Buffer.from('{}'), ...(await answer(signal)) }
    },
  })
  const count = (name: 'sent' | 'dropped') => exporter.samples()[`switchyard_trace_spans_${name}_total`][0]?.value
  return { exporter, told, sentAt, count }
}

test('what finds no room is dropped and counted, and what waits is sent when it can be', async () => {
  let status = 503
  const { count, exporter } = exporterOf(async () => ({ status }))
  for (let at = 0; at < ROOM + 5; at += 1) exporter.add(FACTS)
  expect([count('sent'), count('dropped')]).toEqual([0, 5])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(count('sent')).toBe(0)
  status = 200
  await vi.advanceTimersByTimeAsync(120_000)
  expect([count('sent'), count('dropped')]).toEqual([ROOM, 5])
})

test('a pause is as long as the collector asks for, and doubles without its asking; the first failure is told alone', async () => {
  const asked = ['20', undefined, undefined]
  const { exporter, sentAt, told } = exporterOf(async () => {
    const wait = asked.shift()
    return { status: 429, headers: wait === undefined ? {} : { 'retry-after': wait } }
  })
  exporter.add(FACTS)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0))).toEqual([20_000, 2_000, 4_000])
  expect(told.map(({ type }) => type)).toEqual(['traces_not_sent'])
})

test('a stop ends in time though the collector never answers, and counts what it left', async () => {
  const { count, exporter, told } = exporterOf(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  )
  exporter.add(FACTS)
  const stopped = exporter.stop(3_000)
  await vi.advanceTimersByTimeAsync(3_000)
  await stopped
  expect(count('dropped')).toBe(1)
  expect(told).toContainEqual({ type: 'traces_dropped', count: 1, message: 'the process stopped' })
})
