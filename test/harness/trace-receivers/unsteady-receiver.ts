import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Received, Reply } from '../secret-receivers/receiver.ts'
import { findFreePort } from '../server-process.ts'

/** A receiver that can be stopped and started again at its address, and cut in the middle of what it takes. */
export interface UnsteadyReceiver {
  url: string
  /** What it has answered with 2xx, in order. */
  taken: Received[]
  /** All that came in whole. */
  requests: Received[]
  /** From now on it answers with what this gives; undefined for as usual. */
  answerWith(reply: ((request: Received) => Reply) | undefined): void
  start(): Promise<void>
  /** Nobody listens at its address any more, and every connection is broken off. */
  stop(): Promise<void>
  /** Breaks off every connection, but goes on listening. */
  cut(): void
  [Symbol.asyncDispose](): Promise<void>
}

export async function startUnsteadyReceiver(): Promise<UnsteadyReceiver> {
  const port = await findFreePort()
  const taken: Received[] = []
  const requests: Received[] = []
  const sockets = new Set<Socket>()
  let reply: ((request: Received) => Reply) | undefined
  let server: Server | undefined
  const handle = (message: IncomingMessage, response: ServerResponse) =>
    void read(message).then((request) => {
      if (request === undefined) return
      requests.push(request)
      const { body, headers = {}, status } = reply?.(request) ?? { status: 200, body: '{}' }
      if (status < 300) taken.push(request)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
    })
  const receiver: UnsteadyReceiver = {
    url: `http://127.0.0.1:${port}`,
    taken,
    requests,
    answerWith: (given) => {
      reply = given
    },
    start: () =>
      new Promise((resolve, reject) => {
        server = createServer(handle)
        server.on('connection', (socket) => {
          sockets.add(socket)
          socket.on('close', () => sockets.delete(socket))
        })
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      }),
    stop: () =>
      new Promise((resolve) => {
        if (server === undefined) return resolve()
        server.close(() => resolve())
        server = undefined
        receiver.cut()
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: () => receiver.stop(),
  }
  await receiver.start()
  return receiver
}

/** Undefined for one that was cut. */
async function read(message: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer)
  } catch {
    return undefined
  }
  const { headers, method = '', url = '' } = message
  return { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }
}
