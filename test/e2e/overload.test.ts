import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * F8: five times as many callers as there is room for.
 */

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const ROOM = 20
const PHASE_MS = IS_FULL_SIZE ? 60_000 : 10_000
/** Served alone and in the crowd are measured by turns, so that what else the machine does falls on both alike. */
const TURNS = 4
/** Of what is served without the crowd. */
const GOODPUT_SHARE = 0.8
const UPSTREAM_MS = 500
/** So that five times as much is asked for as can be served. */
const PAUSE_MS = 400
/** In milliseconds, of 99 in 100. At full size alone: a machine that runs other tests too takes its time. */
const REFUSED_MS_MAX = 50
const MANAGED_MS_MAX = 1_000
const LOOP_DELAY_MS_MAX = 200
const METRICS_TOKEN = 'a token of twenty-odd letters'

const ENV = { SWITCHYARD_INFERENCES_MAX: `${ROOM}`, SWITCHYARD_METRICS_TOKEN: METRICS_TOKEN }

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string
beforeAll(async () => {
  // So slow that the room is what bounds the rate, and not the machine.
  upstream = await startScriptedUpstream({ delayMs: UPSTREAM_MS })
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: ENV })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

interface Refusal {
  status: number
  retryAfter: string | null
  body: unknown
}

/** What 99 in 100 are at most. */
function p99(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0
}

interface Answers {
  served: number
  refusals: Refusal[]
  refusedMs: number[]
}

const nothingYet = (): Answers => ({ served: 0, refusals: [], refusedMs: [] })

/** How late the gateway comes to what is due, in milliseconds. */
async function loopDelayMs(): Promise<number> {
  const { body } = await gateway.call('GET', '/metrics', { key: METRICS_TOKEN })
  const [, seconds] = /^switchyard_event_loop_delay_seconds\{.*\} (.*)$/m.exec(String(body)) ?? []
  return 1_000 * Number(seconds)
}

/** Callers that know nothing of each other: they ask again and again, with a pause after a refusal. Adds their answers to `answers`. */
async function askFor(ms: number, callers: number, answers: Answers): Promise<void> {
  const end = performance.now() + ms
  const caller = async () => {
    await sleep(Math.random() * PAUSE_MS)
    while (performance.now() < end) {
      const begin = performance.now()
      const { headers, json, status } = await chat(gateway, key)
      if (status === 200) answers.served += 1
      else {
        answers.refusedMs.push(performance.now() - begin)
        answers.refusals.push({ status, retryAfter: headers.get('retry-after'), body: json })
        await sleep((0.5 + Math.random()) * PAUSE_MS)
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

test('F8 who comes on top is told at once, and all others are served as before', async () => {
  const alone = nothingYet()
  const crowd = nothingYet()
  const management: number[] = []
  const managedMs: number[] = []
  const watch = async () => {
    const end = performance.now() + PHASE_MS / TURNS / 2
    while (performance.now() < end) {
      const begin = performance.now()
      management.push((await gateway.call('GET', '/api/v1/keys')).status)
      managedMs.push(performance.now() - begin)
      await sleep(200)
    }
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    await askFor(PHASE_MS / TURNS, ROOM, alone)
    await Promise.all([askFor(PHASE_MS / TURNS, 5 * ROOM, crowd), watch()])
  }
  expect(alone.refusals).toEqual([])
  const delayMs = await loopDelayMs()
  process.stdout.write(
    `F8: ${alone.served} served alone, ${crowd.served} of ${5 * ROOM} callers, ${crowd.refusals.length} refused; ` +
      `99 in 100 refused within ${p99(crowd.refusedMs).toFixed(0)} ms, management within ${p99(managedMs).toFixed(0)} ms, ` +
      `event loop late by ${delayMs.toFixed(0)} ms\n`,
  )
  expect(crowd.served).toBeGreaterThanOrEqual(GOODPUT_SHARE * alone.served)
  expect(crowd.refusals.length).toBeGreaterThan(0)
  for (const refusal of crowd.refusals) {
    expect(refusal).toEqual({
      status: 503,
      retryAfter: '1',
      body: {
        error: {
          code: 503,
          message: 'Too many requests at a time; try again later',
          metadata: { error_type: 'server' },
        },
      },
    })
  }
  expect(new Set(management)).toEqual(new Set([200]))
  expect(delayMs).toBeGreaterThanOrEqual(0)
  if (IS_FULL_SIZE) {
    expect(p99(crowd.refusedMs)).toBeLessThan(REFUSED_MS_MAX)
    expect(p99(managedMs)).toBeLessThan(MANAGED_MS_MAX)
    expect(delayMs).toBeLessThan(LOOP_DELAY_MS_MAX)
  }
  // Nothing of a refused request went anywhere.
  expect(upstream.requests).toHaveLength(alone.served + crowd.served)
})
