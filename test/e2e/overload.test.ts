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
const GOODPUT_SHARE = 0.8
const PAUSE_MS = 100

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

/** Callers that ask again and again, with a pause after a refusal. */
async function askFor(ms: number, callers: number): Promise<{ served: number; refusals: Refusal[] }> {
  const end = performance.now() + ms
  const refusals: Refusal[] = []
  let served = 0
  const caller = async () => {
    while (performance.now() < end) {
      const { headers, json, status } = await chat(gateway, key)
      if (status === 200) served += 1
      else {
        refusals.push({ status, retryAfter: headers.get('retry-after'), body: json })
        await sleep(PAUSE_MS)
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { served, refusals }
}

test('F8 who comes on top is told at once, and all others are served as before', async () => {
  const alone = await askFor(PHASE_MS, ROOM)
  expect(alone.refusals).toEqual([])
  const management: number[] = []
  const watch = async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      management.push((await gateway.call('GET', '/api/v1/keys')).status)
      await sleep(PHASE_MS / 20)
    }
  }
  const [crowd] = await Promise.all([askFor(PHASE_MS, 5 * ROOM), watch()])
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
  // Nothing of a refused request went anywhere.
  expect(upstream.requests).toHaveLength(alone.served + crowd.served)
})
