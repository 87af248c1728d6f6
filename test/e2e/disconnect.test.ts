import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const CALLERS = IS_FULL_SIZE ? 1_000 : 100
/** As many streams as the test's own process can feed. */
const CHUNK_MS = IS_FULL_SIZE ? 500 : 50
/** Of files that the store and the journal open now and again. */
const HANDLES_MORE_MAX = 10

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  // Longer than anybody here waits for money.
  const env = { SWITCHYARD_HOLD_WAIT_MS: '60000' }
  gateway = await startGateway({ env, config: oneProvider(upstream.baseUrl) })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

/** Starts a chat completion and leaves: after the first bytes of a stream, or once the provider has the request. */
async function leave(key: string, stream: boolean): Promise<string> {
  const body = JSON.stringify({
    model: 'alpha/small',
    stream,
    messages: [{ role: 'user', content: 'Hello out there' }],
  })
  const seen = upstream.requests.length
  return await new Promise<string>((resolve, reject) => {
    const call = request(`${gateway.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    })
    call.on('error', () => {})
    call.on('response', (response) => {
      response.on('error', () => {})
      response.once('data', () => {
        call.destroy()
        resolve(String(response.headers['x-generation-id']))
      })
    })
    call.end(body)
    if (stream) return
    upstream
      .waitUntil('the request arrives', () => upstream.requests.length > seen)
      .then(() => {
        call.destroy()
        resolve('')
      }, reject)
  })
}

test('a caller who leaves a stream frees the provider within a second and pays for what was produced', async () => {
  upstream.forModel('', { chunks: 1_000, chunkDelayMs: 20 })
  const key = await gateway.createKey()
  const id = await leave(key, true)
  await upstream.waitUntil('the provider is left', () => upstream.requests.at(-1)?.outcome === 'client-left', 1_000)
  const generation = await readData(gateway, `/api/v1/generation?id=${id}`, key)
  expect(generation).toMatchObject({ cancelled: true, usage_estimated: true, outcome: 'cancelled' })
  expect(nano(generation['usage'])).toBeGreaterThan(0n)
})

test('a caller who leaves a whole answer is charged what the provider reports', async () => {
  upstream.forModel('', { delayMs: 300 })
  const key = await gateway.createKey()
  await leave(key, false)
  await expect
    .poll(async () => nano((await readData(gateway, '/api/v1/key', key))['usage']), { timeout: 10_000 })
    .toBeGreaterThan(0n)
  expect(upstream.requests.at(-1)?.outcome).toBe('answered')
})

test('a caller who leaves a stream before it is let in pays nothing, because no provider was asked', async () => {
  upstream.forModel('', { delayMs: 1_000 })
  const key = await gateway.createKey({ limit: 0.0125 })
  const asksForMost = () => chat(gateway, key, { max_tokens: 4_000 })
  const seen = upstream.requests.length
  const running = asksForMost()
  await upstream.waitUntil('the first one holds most', () => upstream.requests.length > seen)
  const body = JSON.stringify({ model: 'alpha/flat', stream: true, messages: [{ role: 'user', content: 'Hello' }] })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const waiting = request(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers })
  waiting.on('error', () => {})
  waiting.end(body)
  await sleep(300)
  waiting.destroy()
  const answers = [await running, await asksForMost()]
  const paid = answers.reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
  await expect.poll(async () => nano((await readData(gateway, '/api/v1/key', key))['usage'])).toBe(paid)
  expect(upstream.requests.length).toBe(seen + 2)
})

/** Open files of the gateway, and its memory in bytes. */
function heldBy({ pid }: Gateway): { handles: number; residentBytes: number } {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return { handles: readdirSync(`/proc/${pid}/fd`).length, residentBytes: Number(kilobytes) * 1_024 }
}

/** As many streams at a time as there are callers, all of whom leave; how long each one's provider was asked for nothing, sorted. */
async function leaveAll(key: string, callers: number): Promise<number[]> {
  upstream.reset()
  upstream.forModel('', { chunks: 1_000, chunkDelayMs: CHUNK_MS })
  const open: (() => number)[] = await Promise.all(Array.from({ length: callers }, (_, at) => openStream(key, at)))
  await upstream.waitUntil('all run', () => upstream.openRequestCount() === callers, 30_000)
  const leftAt = open.map((close) => close())
  await upstream.waitUntil('all are left', () => upstream.openRequestCount() === 0, 5_000)
  const ended = upstream.requests.map(({ bodyText, endedAtMs, outcome }) => {
    const at = Number(/caller (\d+)\./.exec(bodyText)?.[1])
    expect(outcome).toBe('client-left')
    return (endedAtMs ?? Number.NaN) - (leftAt[at] ?? Number.NaN)
  })
  expect(ended).toHaveLength(callers)
  return ended.toSorted((one, other) => one - other)
}

/** Resolves when its first bytes have come, with what leaves it and tells when that was. */
async function openStream(key: string, at: number): Promise<() => number> {
  const messages = [{ role: 'user', content: `I am caller ${at}.` }]
  const body = JSON.stringify({ model: 'alpha/small', stream: true, messages })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return await new Promise((resolve, reject) => {
    const call = request(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers, agent: false })
    call.on('error', reject)
    call.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`))
      response.on('error', () => {})
      response.once('data', () =>
        resolve(() => {
          call.destroy()
          return performance.now()
        }),
      )
    })
    call.end(body)
  })
}

test(`F5 ${CALLERS} callers who leave leave no upstream connection in use, no open file and no memory`, async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  // What a process keeps for that many, whatever they do.
  await leaveAll(key, CALLERS)
  const before = heldBy(gateway)
  const delays = await leaveAll(key, CALLERS)
  const [p99 = Number.NaN, last = Number.NaN] = [delays[Math.floor(CALLERS * 0.99)], delays.at(-1)]
  process.stdout.write(
    `F5: ${CALLERS} left; their provider after ${p99.toFixed(0)} ms (p99), ${last.toFixed(0)} ms (last)\n`,
  )
  if (IS_FULL_SIZE) expect([p99 <= 250, last <= 1_000]).toEqual([true, true])
  await expect
    .poll(() => heldBy(gateway).handles, { timeout: 60_000 })
    .toBeLessThanOrEqual(before.handles + HANDLES_MORE_MAX)
  await expect
    .poll(() => heldBy(gateway).residentBytes, { timeout: 60_000 })
    .toBeLessThanOrEqual(1.1 * before.residentBytes)
})

test('a stream that outlasts the drain time of a stop ends in an error event and is charged for what came', async () => {
  upstream.forModel('', { chunks: 1_000, chunkDelayMs: 20 })
  const own = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_DRAIN_SECONDS: '1' } })
  const key = await own.createKey()
  const running = chat(own, key, { stream: true })
  await upstream.waitUntil('the stream runs', () => upstream.openRequestCount() > 0)
  expect(await own.stop({ keepData: true })).toBe(0)
  const answer = await running
  expect(answer.events.at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] })
  await own.restart()
  const generation = await readData(own, `/api/v1/generation?id=${idOf(answer)}`, key)
  expect(generation).toMatchObject({ outcome: 'upstream_error', usage_estimated: true })
  expect(nano(generation['usage'])).toBeGreaterThan(0n)
  await own.stop()
})
