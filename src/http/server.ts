import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { handleInference } from '../gateway/handle-inference.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { protocolAt } from '../gateway/protocol-at.ts'
import { preflightHeaders } from '../gateway/stages/cross-origin.ts'
import { newRequestId } from '../platform/ids.ts'

const HEADERS_TIMEOUT_MS = 10_000
/** For a request's head and body together. */
const REQUEST_TIMEOUT_MS = 30_000
const DRAIN_POLL_MS = 20
const BUSY_RETRY_SECONDS = 1
const UNREAD_BYTES_MAX = 65_536
const KEEP_ALIVE_TIMEOUT_MS = 72_000

type InferenceProtocol = NonNullable<ReturnType<typeof protocolAt>>

/**
 * The one listener. Inference is recognized and handled before the web framework sees the request; everything else goes to
 * `app`. Counts running inferences, so that a stop can let them finish.
 */
export class HttpServer {
  readonly #parts: GatewayParts
  readonly server: Server
  #app: RequestListener = (_request, response) => response.writeHead(503).end()
  #running = 0
  #isDraining = false

  constructor(parts: GatewayParts) {
    this.#parts = parts
    const options = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    }
    this.server = createServer(options, (request, response) => this.#route(request, response))
    this.server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
    this.server.on('checkContinue', (request, response) => this.#routeExpecting(request, response))
    this.server.on('clientError', answerUnparsable)
  }

  /** For the web framework: hands it our server in place of its own. */
  readonly serverFactory = (app: RequestListener): Server => {
    this.#app = app
    return this.server
  }

  /** From now on each answer ends its connection, so that callers come back over new ones, or elsewhere. */
  beginDraining(): void {
    this.#isDraining = true
  }

  /** Refuses new connections from now on. Resolves when no inference runs any more, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.beginDraining()
    if (this.server.listening) this.server.close()
    this.server.closeIdleConnections()
    const end = this.#parts.clock.monotonic() + timeoutMs
    while (this.#running > 0 && this.#parts.clock.monotonic() < end) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isDraining) response.setHeader('connection', 'close')
    if (request.method === 'OPTIONS' && this.#answerPreflight(request, response)) return
    const protocol = inferenceProtocol(request)
    if (protocol === undefined) this.#app(request, response)
    else this.infer(request, response, protocol)
  }

  /** Of a page that may call with a key; other questions of this kind are the web framework's. */
  #answerPreflight({ headers, url = '' }: IncomingMessage, response: ServerResponse): boolean {
    const answer = url.startsWith('/api/') ? preflightHeaders(headers, this.#parts.snapshot) : undefined
    if (answer === undefined) return false
    response.writeHead(204, { ...answer, 'x-request-id': newRequestId(this.#parts.clock.now()) }).end()
    return true
  }

  /** One inference, counted among those that a stop waits for. More than there may be are refused before anything is read. */
  infer(request: IncomingMessage, response: ServerResponse, protocol: InferenceProtocol): void {
    if (this.#running >= this.#parts.settings.inferencesMax) {
      this.#refuse(request, response, protocol)
      return
    }
    this.#running += 1
    void handleInference(request, response, { parts: this.#parts, protocol }).finally(() => {
      this.#running -= 1
    })
  }

  #refuse(request: IncomingMessage, response: ServerResponse, protocol: InferenceProtocol): void {
    const { status, body } = toErrorEnvelope(
      new AppError('unavailable', 'Too many requests at a time; try again later'),
    )
    const text = JSON.stringify(protocol.toErrorBody(body, { generationId: undefined }))
    response.writeHead(status, {
      'x-request-id': newRequestId(this.#parts.clock.now()),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'retry-after': String(BUSY_RETRY_SECONDS),
      ...(!request.complete && isLong(request) && { connection: 'close' }),
    })
    response.end(text)
  }

  /** Inference says "continue" itself once the request has passed the checks that need no body. */
  #routeExpecting(request: IncomingMessage, response: ServerResponse): void {
    if (inferenceProtocol(request) === undefined) response.writeContinue()
    this.#route(request, response)
  }
}

/** Too much to be read for nothing. */
function isLong({ headers }: IncomingMessage): boolean {
  return !(Number(headers['content-length']) <= UNREAD_BYTES_MAX)
}

function inferenceProtocol({ method, url = '' }: IncomingMessage): InferenceProtocol | undefined {
  return method === 'POST' ? protocolAt(url) : undefined
}

/** What isn't HTTP, or is not all there in time, gets one answer in our envelope, and the connection ends. */
function answerUnparsable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { code, reason, message } = UNPARSABLE[error.code ?? ''] ?? NOT_HTTP
  const body = JSON.stringify({ error: { code, message } })
  socket.end(
    `HTTP/1.1 ${code} ${reason}\r\nx-request-id: ${newRequestId(Date.now())}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const NOT_HTTP = { code: 400, reason: 'Bad Request', message: 'The request is not valid HTTP' }
const UNPARSABLE: Readonly<Record<string, typeof NOT_HTTP>> = {
  HPE_HEADER_OVERFLOW: { ...NOT_HTTP, code: 431, reason: 'Request Header Fields Too Large' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 408, reason: 'Request Timeout', message: 'The request took too long to arrive' },
}
