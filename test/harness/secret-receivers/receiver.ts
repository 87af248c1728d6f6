import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Reply {
  status: number
  headers?: Readonly<Record<string, string>>
  body?: string
}

/** A status: refuses without doing anything. `dies-after`: does what is asked, and breaks off in the middle of the answer.
 *  `dies-before`: closes without doing anything. */
export type ReceiverFault = number | 'dies-after' | 'dies-before'

export interface Receiver {
  /** `http://127.0.0.1:<port>` */
  url: string
  requests: Received[]
  /** One for each of the next requests, in order. */
  faults: ReceiverFault[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A real HTTP server that answers with `reply`, and fails as it is told. */
export async function startReceiver(reply: (request: Received) => Reply): Promise<Receiver> {
  const requests: Received[] = []
  const faults: ReceiverFault[] = []
  const server = createServer((message, response) => {
    void readBody(message).then((body) => {
      const { headers, method = '', url = '' } = message
      const request = { method, path: url, headers, body }
      requests.push(request)
      answer(response, faults.shift(), () => reply(request))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, fault: ReceiverFault | undefined, act: () => Reply): void {
  if (fault === 'dies-before') {
    response.destroy()
    return
  }
  const { body = '', headers = {}, status } = typeof fault === 'number' ? { status: fault } : act()
  if (fault === 'dies-after') {
    response.writeHead(status, { ...headers, 'content-length': String(body.length + 1_000) })
    response.write(body, () => response.destroy())
    return
  }
  response.writeHead(status, headers).end(body)
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
