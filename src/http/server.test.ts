import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { GatewayParts } from '../gateway/inference.ts'
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
  refusals: { record: () => {} },
  observe: (observation: { type: string }) => observed.push(observation),
} as unknown as GatewayParts

const http = new HttpServer(parts)
afterEach(() => http.server.close())

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
  await http.drain(1_000)
  expect(observed).toMatchObject([{ type: 'inference_refused' }])
})
