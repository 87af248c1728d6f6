import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayParts } from '../gateway/inference.ts'
import { LargeRequests } from '../gateway/limits/large-requests.ts'
import { HttpServer } from './server.ts'

const observed: { type: string }[] = []
const parts = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  keys: {
    find: () => ({ id: 1n, mayInfer: true, disabled: false, expiresAt: null, allowedIps: null, workspaceId: null }),
    noteUse: () => {},
  },
  snapshot: { findOrganization: () => undefined },
  isCutOff: () => false,
  security: { note: () => {}, noteUnknown: () => {} },
  settings: { bodyBytesMax: 1_000, trustedProxies: null },
  largeRequests: new LargeRequests(1_000),
  refusals: { record: () => {} },
  observe: (observation: { type: string }) => observed.push(observation),
} as unknown as GatewayParts

let http: HttpServer
beforeEach(() => {
  http = new HttpServer(parts)
})
afterEach(() => {
  http.server.close()
  http.server.closeAllConnections()
})

test('a request whose body does not arrive in time is answered 408 in our envelope and its connection ends', async () => {
  http.server.headersTimeout = 50
  http.server.requestTimeout = 50
  http.server.listen(0, '127.0.0.1')
  await once(http.server, 'listening')
  const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    'POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer some\r\n' +
      'content-type: application/json\r\ncontent-length: 500\r\n\r\n{"model":',
  )
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nx-request-id: req-/)
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
    error: { code: 408, message: 'The request took too long to arrive' },
  })
  await http.drain(1_000, 0)
  expect(observed).toMatchObject([{ type: 'inference_refused' }])
})

describe('a stop', () => {
  /** A caller with one connection, which it keeps. */
  function newCaller() {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { port } = http.server.address() as AddressInfo
    return async () => {
      const call = get({ port, host: '127.0.0.1', path: '/', agent })
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      return { answer, ended: once(answer.resume(), 'end'), isReused: call.reusedSocket }
    }
  }

  async function serve(app: RequestListener): Promise<void> {
    http.serverFactory(app)
    http.server.listen(0, '127.0.0.1')
    await once(http.server, 'listening')
  }

  test('leaves a connection open that carries nothing, answers what comes on it, and then ends it', async () => {
    await serve((_request, response) => response.end('fine'))
    const [ask, askNewly] = [newCaller(), newCaller()]
    const first = await ask()
    await first.ended
    const drained = http.drain(60_000, 60_000)
    await expect(askNewly()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const second = await ask()
    expect([first.answer.headers.connection, first.isReused]).toEqual(['keep-alive', false])
    expect([second.answer.headers.connection, second.isReused]).toEqual(['close', true])
    await drained
    await second.ended
  })

  test('waits for an answer that has begun, and leaves its connection open for the next request', async () => {
    let finish = () => {}
    await serve((_request, response) => {
      response.write('almost ')
      finish = () => void response.end('fine')
    })
    const ask = newCaller()
    const first = await ask()
    const drained = http.drain(60_000, 60_000)
    finish()
    await first.ended
    const second = await ask()
    expect([first.answer.headers.connection, second.answer.headers.connection, second.isReused]).toEqual([
      'keep-alive',
      'close',
      true,
    ])
    finish()
    await second.ended
    await drained
  })

  test.each([50, 0])('ends connections that carry nothing after their %d ms', async (idleMs) => {
    await serve((_request, response) => response.end('fine'))
    const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    await http.drain(60_000, idleMs)
    await closed
  })

  test('waits no longer than it may for what runs', async () => {
    await serve((_request, response) => response.write('almost '))
    const { answer, ended } = await newCaller()()
    await http.drain(50, 0)
    expect(answer.complete).toBe(false)
    http.server.closeAllConnections()
    await expect(ended).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})
