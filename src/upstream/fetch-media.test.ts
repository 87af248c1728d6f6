import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFetchMedia } from './fetch-media.ts'
import { createGuardedHttp } from './guarded-http.ts'

/* Images are on 127.0.0.2, which is opened; 127.0.0.1 is not, and counts who comes. */

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex')
let images: Server
let trap: Server
let port: number
let trapped = 0

beforeAll(async () => {
  trap = createServer()
  trap.on('connection', (socket) => {
    trapped += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  port = (trap.address() as AddressInfo).port
  const answers: Record<string, [status: number, headers: Record<string, string>, body?: Buffer | string]> = {
    '/image': [200, { 'content-type': 'image/png' }, PNG],
    '/page': [200, { 'content-type': 'text/html' }, '<p>'],
    '/archive': [200, { 'content-type': 'application/zip' }, 'PK'],
    '/large': [200, { 'content-type': 'image/png' }, Buffer.alloc(5_000)],
    '/moved': [302, { location: '/image' }],
    '/round': [302, { location: '/round' }],
    '/inside': [307, { location: `http://127.0.0.1:${port}/` }],
    '/file': [301, { location: 'file:///etc/passwd' }],
  }
  images = createServer((request, response) => {
    const [status, headers, body] = answers[request.url ?? ''] ?? [404, {}]
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => images.listen(port, '127.0.0.2', resolve))
})
afterAll(() => {
  images.close()
  trap.close()
  expect(trapped).toBe(0)
})

function fetchMedia(url: string) {
  const send = createGuardedHttp({
    egress: { allowedCidrs: ['127.0.0.2/32'] },
    connectTimeoutMs: 1_000,
    timeoutMs: 5_000,
    answerBytesMax: 1_000,
    allowsPlain: true,
  })
  return createFetchMedia(send)(url.replace('<images>', `http://127.0.0.2:${port}`), new AbortController().signal)
}

test('an image is there as base64 with its type, also where it has moved', async () => {
  const expected = { contentType: 'image/png', base64: PNG.toString('base64') }
  expect(await fetchMedia('<images>/image')).toEqual(expected)
  expect(await fetchMedia('<images>/moved')).toEqual(expected)
  expect(await fetchMedia(`data:image/png;base64,${expected.base64}`)).toEqual(expected)
})

test.each([
  ['one that is not there', '<images>/none', 'could not be fetched'],
  ['one that moves for ever', '<images>/round', 'could not be fetched'],
  ['one that moves to where nobody may go', '<images>/inside', 'could not be fetched'],
  ['one that moves to a file of this machine', '<images>/file', 'is at no http(s) address'],
  ['one that is no image', '<images>/archive', 'not supported'],
  ['one that is too large', '<images>/large', 'could not be fetched'],
  ['one at a forbidden address', 'http://127.0.0.1:1/', 'could not be fetched'],
  ['one at a port of something else', 'http://127.0.0.2:6379/', 'could not be fetched'],
  ['one at no address', 'ftp://127.0.0.2/a.png', 'is at no http(s) address'],
])('%s is a fault of the request', async (_name, url, problem) => {
  await expect(fetchMedia(url)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(problem),
  })
})
