import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What every GET gets. */
/** Of 40 pages. */
export const PLAYED_PDF = Buffer.from(`%PDF-1.4\n${'1 0 obj <</Type /Page>> endobj\n'.repeat(40)}`)
export const PLAYED_IMAGE = Buffer.from('89504e470d0a1a0a', 'hex')

/** What is answered to one request, byte by byte as it stands here. */
export interface PlayedAnswer {
  /** Default 200. */
  status?: number
  contentType: string
  /** Pieces that are written one after the other. */
  body: readonly (string | Buffer)[]
}

export interface HeardRequest {
  path: string
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
  bodyText: string
}

export interface PlayedUpstream {
  /** Without a path. */
  readonly origin: string
  readonly port: number
  readonly requests: HeardRequest[]
  /** Queues the answer to the next request that has none queued yet. */
  play(answer: PlayedAnswer): void
  close(): Promise<void>
}

/** An HTTP server on loopback that speaks any format, for what was recorded or written by hand. A request without an answer in
 *  the queue gets 599. */
export async function startPlayedUpstream(): Promise<PlayedUpstream> {
  const queue: PlayedAnswer[] = []
  const requests: HeardRequest[] = []
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const isPdf = request.url?.endsWith('.pdf')
      response.writeHead(200, { 'content-type': isPdf ? 'application/pdf' : 'image/png' })
      response.end(isPdf ? PLAYED_PDF : PLAYED_IMAGE)
      return
    }
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const bodyText = Buffer.concat(parts).toString()
    requests.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(bodyText), bodyText })
    const answer = queue.shift() ?? { status: 599, contentType: 'text/plain', body: ['nothing to play'] }
    response.writeHead(answer.status ?? 200, { 'content-type': answer.contentType })
    for (const piece of answer.body) {
      response.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    play: (answer) => void queue.push(answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function playedJson(value: unknown, status = 200): PlayedAnswer {
  return { status, contentType: 'application/json', body: [JSON.stringify(value)] }
}
