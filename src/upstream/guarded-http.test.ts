import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGuardedHttp } from './guarded-http.ts'

let server: Server
let port: number

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/ok' }).end()
    else if (request.url === '/endless') {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 5)
      response.on('close', () => clearInterval(timer))
    } else if (request.url === '/ok') response.writeHead(200, { 'x-of': 'server' }).end('fine')
    // Anything else waits for ever.
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const OPENED = ['127.0.0.0/8', '::1/128']

function get(url: string, allowedCidrs: readonly string[] = OPENED, timeoutMs = 5_000) {
  const send = createGuardedHttp({
    egress: { allowedCidrs },
    connectTimeoutMs: 1_000,
    timeoutMs,
    answerBytesMax: 50_000,
  })
  return send({ method: 'GET', url, headers: {}, signal: new AbortController().signal })
}

test('an answer comes whole, with its status and headers', async () => {
  const { body, headers, status } = await get(`http://127.0.0.1:${port}/ok`)
  expect([status, headers['x-of'], body.toString()]).toEqual([200, 'server', 'fine'])
})

test('a name is resolved, and what it stands for is checked', async () => {
  expect((await get(`http://localhost:${port}/ok`)).status).toBe(200)
  await expect(get(`http://localhost:${port}/ok`, [])).rejects.toThrow('localhost resolves to private addresses only')
})

test.each([
  ['loopback', 'https://127.0.0.1'],
  ['loopback in another spelling', 'https://2130706433'],
  ['loopback as IPv6', 'https://[::1]'],
  ['loopback as IPv4 in IPv6', 'https://[::ffff:127.0.0.1]'],
  ['a private network', 'https://10.1.2.3'],
  ['metadata of a cloud', 'https://169.254.169.254'],
  ['a public address without encryption', 'http://93.184.216.34'],
])('%s is not connected to', async (_name, url) => {
  await expect(get(`${url}/`, [])).rejects.toThrow('may not be connected to')
})

test('a redirect is an answer and is not followed', async () => {
  const { headers, status } = await get(`http://127.0.0.1:${port}/redirect`)
  expect([status, headers['location']]).toEqual([302, '/ok'])
})

test('an answer without end is cut, and one that never comes is given up', async () => {
  await expect(get(`http://127.0.0.1:${port}/endless`)).rejects.toThrow('longer than 50000 bytes')
  await expect(get(`http://127.0.0.1:${port}/silent`, OPENED, 50)).rejects.toThrow('timeout')
})

test('no other protocol is spoken', async () => {
  await expect(get('ftp://127.0.0.1/')).rejects.toThrow('not supported')
})
