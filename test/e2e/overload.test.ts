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
const PHASE_MS = IS_FULL_SIZE ? 60_000 : 4_000
/** Served alone and in the crowd are measured by turns, so that what else the machine does falls on both alike. */
const TURNS = 4
/** Of what is served without the crowd. */
const GOODPUT_SHARE = 0.8
const PAUSE_MS = 100
/** In milliseconds, of 99 in 100. At full size alone: a machine that runs other tests too takes its time. */
const REFUSED_MS_MAX = 50
const MANAGED_MS_MAX = 1_000

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string
beforeAll(async () => {
  // So slow that the room is what bounds the rate, and not the machine.
  upstream = await startScriptedUpstream({ delayMs: 250 })
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_INFERENCES_MAX: `${ROOM}` } })
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

/** Callers that ask again and again, with a pause after a refusal; their answers are added to `answers`. */
async function askFor(ms: number, callers: number, answers: Answers): Promise<void> {
  const end = performance.now() + ms
  const caller = async () => {
    while (performance.now() < end) {
      const begin = performance.now()
      const { headers, json, status } = await chat(gateway, key)
      if (status === 200) answers.served += 1
      else {
        answers.refusedMs.push(performance.now() - begin)
        answers.refusals.push({ status, retryAfter: headers.get('retry-after'), body: json })
        await sleep(PAUSE_MS)
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
  process.stdout.write(
    `F8: ${alone.served} served alone, ${crowd.served} of ${5 * ROOM} callers, ${crowd.refusals.length} refused; ` +
      `99 in 100 refused within ${p99(crowd.refusedMs).toFixed(0)} ms, management within ${p99(managedMs).toFixed(0)} ms\n`,
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
  if (IS_FULL_SIZE) {
    expect(p99(crowd.refusedMs)).toBeLessThan(REFUSED_MS_MAX)
    expect(p99(managedMs)).toBeLessThan(MANAGED_MS_MAX)
  }
  // Nothing of a refused request went anywhere.
  expect(upstream.requests).toHaveLength(alone.served + crowd.served)
})
