import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * F6 and H1: callers who take their time, in reading and in asking.
 */

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
/** Who read nothing; at full size, who read 1 KiB a second. */
const READERS = IS_FULL_SIZE ? 200 : 4
const READ_BYTES = 1_024
const OTHERS = IS_FULL_SIZE ? 1_000 : 20
/** How much longer than alone 99 in 100 others may take; at full size. */
const SLOWER_MAX = 1.2
const SLOWER_MS_MAX = 5
const PIECE_BYTES = 65_536
const PIECES = 640
/** What may lie in the buffers of the system on both connections of a stream. */
const SYSTEM_PIECES_MAX = (24 * 1_048_576) / PIECE_BYTES
const BUFFER_BYTES_MAX = 256 * 1_024
/** What a process grows by with whatever it does. */
const GROWTH_BYTES_MAX = 64 * 1_048_576
const DRIP_SOCKETS = IS_FULL_SIZE ? 2_000 : 400
/** The gateway's own bounds for a request's head and for all of it, and for how often it looks. */
const HEAD_MS_MAX = 10_000 + 2_000
const REQUEST_MS_MAX = 30_000 + 2_000

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string
beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
afterEach(() => upstream.reset())
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

function dial(): Socket {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.on('error', () => {})
  return socket
}

function residentBytes(): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

/** The longest that 99 in 100 of them took, in milliseconds, one after the other. */
async function timeOthers(count: number): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < count; turn += 1) {
    const begin = performance.now()
    expect((await chat(gateway, key, { stream: true })).isDone).toBe(true)
    times.push(performance.now() - begin)
  }
  return times.toSorted((one, other) => one - other)[Math.floor(count * 0.99)] ?? Number.NaN
}

/** Asks for a stream that is far longer than what is read of it. */
function readSlowly(): Socket {
  const body = JSON.stringify({ model: 'alpha/flat', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const socket = dial().pause()
  socket.write(
    `POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return socket
}

test('F6 callers who read next to nothing stop their provider, fill no memory, and keep nobody else waiting', async () => {
  upstream.forModel('flat', { deltas: Array.from({ length: PIECES }, () => ({ content: 'x'.repeat(PIECE_BYTES) })) })
  await timeOthers(OTHERS)
  const alone = await timeOthers(OTHERS)
  const before = residentBytes()
  const readers = Array.from({ length: READERS }, readSlowly)
  const reading = IS_FULL_SIZE
    ? setInterval(() => {
        for (const socket of readers) socket.read(READ_BYTES)
      }, 1_000)
    : undefined
  const sent = () =>
    upstream.requests.filter(({ model }) => model === 'flat').map(({ billed }) => billed.completionTokens)
  await expect
    .poll(
      async () => {
        const first = sent()
        await sleep(500)
        return first.length === READERS && sent().join() === first.join()
      },
      { timeout: IS_FULL_SIZE ? 120_000 : 30_000 },
    )
    .toBe(true)
  for (const pieces of sent()) expect(pieces).toBeLessThan(SYSTEM_PIECES_MAX)
  const grown = residentBytes() - before
  expect(grown).toBeLessThan(READERS * BUFFER_BYTES_MAX + GROWTH_BYTES_MAX)
  const beside = await timeOthers(OTHERS)
  process.stdout.write(
    `F6: ${READERS} slow readers; memory ${(grown / 1_048_576).toFixed(0)} MiB more, ` +
      `99 in 100 others within ${beside.toFixed(1)} ms, ${alone.toFixed(1)} ms without them\n`,
  )
  if (IS_FULL_SIZE) expect(beside).toBeLessThan(SLOWER_MAX * alone + SLOWER_MS_MAX)
  clearInterval(reading)
  for (const socket of readers) socket.destroy()
  await upstream.waitUntil('the provider is left', () => upstream.openRequestCount() === 0, 5_000)
})

test.concurrent('H1 connections that send a head byte by byte are ended, and keep nobody else waiting', async () => {
  const begin = performance.now()
  const ends: number[] = []
  const sockets = Array.from({ length: DRIP_SOCKETS }, () => {
    const socket = dial().resume()
    socket.on('close', () => ends.push(performance.now() - begin))
    socket.write('POST /api/v1/chat/completions HTTP/1.1\r\n')
    return socket
  })
  await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)))
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x')
  }, 1_000)
  while (ends.length < DRIP_SOCKETS && performance.now() - begin < 3 * HEAD_MS_MAX) {
    expect((await chat(gateway, key)).status).toBe(200)
    await sleep(250)
  }
  clearInterval(drip)
  expect(ends).toHaveLength(DRIP_SOCKETS)
  // Whatever the load of the machine: not what Node allows by itself, a minute.
  expect(Math.max(...ends)).toBeLessThan(2 * HEAD_MS_MAX)
})

test.concurrent('H1 requests whose body comes byte by byte are ended, and keep nobody else waiting', async () => {
  const begin = performance.now()
  const ends: number[] = []
  const sockets = Array.from({ length: DRIP_SOCKETS }, () => {
    const socket = dial().resume()
    socket.on('close', () => ends.push(performance.now() - begin))
    socket.write(
      `POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
        'content-type: application/json\r\ncontent-length: 100000\r\n\r\n{',
    )
    return socket
  })
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(' ')
  }, 1_000)
  while (ends.length < DRIP_SOCKETS && performance.now() - begin < 3 * REQUEST_MS_MAX) {
    expect((await chat(gateway, key)).status).toBe(200)
    await sleep(250)
  }
  clearInterval(drip)
  expect(ends).toHaveLength(DRIP_SOCKETS)
  // Whatever the load of the machine: not what Node allows by itself, five minutes.
  expect(Math.max(...ends)).toBeLessThan(2 * REQUEST_MS_MAX)
})
