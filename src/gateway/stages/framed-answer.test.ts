import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { FramedAnswer } from './framed-answer.ts'

const HEADERS = { 'content-type': 'text/event-stream' }

test('what is written arrives in chunks whose lengths count bytes, and the connection serves the next request', async () => {
  await using served = await serve((response) => {
    const answer = new FramedAnswer(response, HEADERS)
    answer.write('data: häß 🚆\n\n')
    answer.write('')
    answer.end('data: [DONE]\n\n')
  })
  const { socket } = served
  for (const again of [1, 2]) {
    socket.write('POST / HTTP/1.1\r\nhost: a\r\n\r\n')
    const text = await readUntil(socket, '0\r\n\r\n')
    const [head, body] = splitHead(text)
    expect([again, head.toLowerCase()]).toEqual([again, expect.stringContaining('transfer-encoding: chunked')])
    expect(body).toBe('12\r\ndata: häß 🚆\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n')
  }
})

test('an end without text is the last chunk, once', async () => {
  await using served = await serve((response) => {
    const answer = new FramedAnswer(response, HEADERS)
    answer.write('a')
    answer.end('')
  })
  served.socket.write('POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  expect(splitHead(await readAll(served.socket))[1]).toBe('1\r\na\r\n0\r\n\r\n')
})

test('a caller of HTTP/1.0 gets the text as it is, and the end of the connection', async () => {
  await using served = await serve((response) => {
    const answer = new FramedAnswer(response, HEADERS)
    answer.write('one ')
    answer.end('two')
  })
  served.socket.write('POST / HTTP/1.0\r\n\r\n')
  const [head, body] = splitHead(await readAll(served.socket))
  expect([head.toLowerCase().includes('transfer-encoding'), body]).toEqual([false, 'one two'])
})

async function serve(answer: (response: ServerResponse) => void): Promise<AsyncDisposable & { socket: Socket }> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  return {
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = ''
  while (!text.endsWith(end)) text += String((await once(socket, 'data'))[0])
  return text
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const piece of socket) text += String(piece)
  return text
}

function splitHead(text: string): [string, string] {
  const at = text.indexOf('\r\n\r\n')
  return [text.slice(0, at), text.slice(at + 4)]
}
