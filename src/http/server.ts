import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { Server as NetServer, type Socket } from 'node:net'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { handleTokenCount } from '../gateway/count-tokens.ts'
import { handleInference } from '../gateway/handle-inference.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { API_BASE, type InferencePlace, placeAt } from '../gateway/protocol-at.ts'
import { preflightHeaders } from '../gateway/stages/cross-origin.ts'
import { newRequestId } from '../platform/ids.ts'
import { type Certificate, createTlsServer, isTlsFault, replaceCertificate } from './tls-server.ts'

const HEADERS_TIMEOUT_MS = 10_000
/** For a request's head and body together. */
const REQUEST_TIMEOUT_MS = 30_000
const DRAIN_POLL_MS = 20
const BUSY_RETRY_SECONDS = 1
const UNREAD_BYTES_MAX = 65_536
const KEEP_ALIVE_TIMEOUT_MS = 72_000

type InferenceProtocol = InferencePlace['protocol']

interface ServerOptions {
  certificate?: Certificate | undefined
  servesModels?: boolean
}

/**
 * The one listener. Inference is recognized and handled before the web framework sees the request; everything else goes to
 * `app`. Counts running inferences, so that a stop can let them finish.
 */
export class HttpServer {
  readonly #parts: GatewayParts
  readonly #servesModels: boolean
  readonly server: Server
  #app: RequestListener = (_request, response) => response.writeHead(503).end()
  readonly #sockets = new Set<Socket>()
  #running = 0
  /** Requests of all other kinds that are under way. */
  #calls = 0
  #isDraining = false

  /** With a certificate it speaks TLS alone. Without `servesModels` inference is answered for those who are inside alone. */
  constructor(parts: GatewayParts, { certificate, servesModels = true }: ServerOptions = {}) {
    this.#parts = parts
    this.#servesModels = servesModels
    const options = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    }
    const route: RequestListener = (request, response) => this.#route(request, response)
    this.server =
      certificate === undefined ? createServer(options, route) : createTlsServer(certificate, options, route)
    this.server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
    this.server.on('checkContinue', (request, response) => this.#routeExpecting(request, response))
    this.server.on('clientError', answerUnparsable)
    this.server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** For the web framework: hands it our server in place of its own. */
  readonly serverFactory = (app: RequestListener): Server => {
    this.#app = app
    return this.server
  }

  /** Connections that begin from now on are shown this one. Throws when it can't be used; then the one before stays. */
  replaceCertificate(certificate: Certificate): void {
    if (this.server instanceof TlsServer) replaceCertificate(this.server, certificate)
  }

  /** From now on each answer ends its connection, so that callers come back over new ones, or elsewhere. */
  beginDraining(): void {
    this.#isDraining = true
  }

  /**
   * Refuses new connections from now on. Resolves when nothing runs any more, all answers are sent, and connections that carry
   * nothing have ended or were left open for `idleMs` since; or after `timeoutMs`. They are left open because a request may be
   * on its way on each: the answer to it tells its caller that the connection ends.
   */
  async drain(timeoutMs: number, idleMs: number): Promise<void> {
    this.beginDraining()
    // The close of an HTTP server would end idle connections too.
    if (this.server.listening) NetServer.prototype.close.call(this.server)
    const { clock } = this.#parts
    const begin = clock.monotonic()
    let busyAt = begin
    for (let now = begin; now < begin + timeoutMs; now = clock.monotonic()) {
      if (this.#isBusy()) busyAt = now
      else if (this.#sockets.size === 0 || now >= busyAt + idleMs) break
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    }
    this.server.closeIdleConnections()
  }

  #isBusy(): boolean {
    if (this.#running + this.#calls > 0) return true
    for (const { writableLength } of this.#sockets) if (writableLength > 0) return true
    return false
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isDraining) response.setHeader('connection', 'close')
    if (request.method === 'OPTIONS' && this.#answerPreflight(request, response)) return
    const place = this.#placeOf(request)
    if (place !== undefined) {
      this.#run(request, response, place)
      return
    }
    this.#calls += 1
    response.once('close', this.#onCallOver)
    this.#app(request, response)
  }

  readonly #onCallOver = (): void => {
    this.#calls -= 1
  }

  #placeOf({ method, url = '' }: IncomingMessage): InferencePlace | undefined {
    return method === 'POST' && this.#servesModels ? placeAt(url) : undefined
  }

  /** Of a page that may call with a key; other questions of this kind are the web framework's. */
  #answerPreflight({ headers, url = '' }: IncomingMessage, response: ServerResponse): boolean {
    const answer = url.startsWith('/api/') ? preflightHeaders(headers, this.#parts.snapshot) : undefined
    if (answer === undefined) return false
    response.writeHead(204, { ...answer, 'x-request-id': newRequestId(this.#parts.clock.now()) }).end()
    return true
  }

  /** One inference by the protocol, wherever it came. */
  infer(request: IncomingMessage, response: ServerResponse, protocol: InferenceProtocol): void {
    this.#run(request, response, { protocol, isTokenCount: false })
  }

  /** Counted among those that a stop waits for. More than there may be are refused before anything is read. */
  #run(
    request: IncomingMessage,
    response: ServerResponse,
    { isTokenCount, protocol }: Pick<InferencePlace, 'isTokenCount' | 'protocol'>,
  ): void {
    if (this.#running >= this.#parts.settings.inferencesMax) {
      this.#refuse(request, response, protocol)
      return
    }
    this.#running += 1
    const handle = isTokenCount ? handleTokenCount : handleInference
    void handle(request, response, { parts: this.#parts, protocol }).finally(() => {
      this.#running -= 1
    })
  }

  #refuse(request: IncomingMessage, response: ServerResponse, protocol: InferenceProtocol): void {
    const { clock, tracer } = this.#parts
    const now = clock.now()
    const requestId = newRequestId(now)
    const spans = tracer?.begin(request.headers, { route: API_BASE + protocol.path, requestId, startedAt: now })
    const error = new AppError('unavailable', 'Too many requests at a time; try again later')
    const { status, body } = toErrorEnvelope(error)
    const text = JSON.stringify(protocol.toErrorBody(body, { generationId: undefined }))
    response.writeHead(status, {
      'x-request-id': requestId,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'retry-after': String(BUSY_RETRY_SECONDS),
      ...(!request.complete && isLong(request) && { connection: 'close' }),
    })
    response.end(text)
    spans?.answered({ status, error: error.code, workspaceId: null })
  }

  /** Inference says "continue" itself once the request has passed the checks that need no body. */
  #routeExpecting(request: IncomingMessage, response: ServerResponse): void {
    if (this.#placeOf(request) === undefined) response.writeContinue()
    this.#route(request, response)
  }
}

/** Too much to be read for nothing. */
function isLong({ headers }: IncomingMessage): boolean {
  return !(Number(headers['content-length']) <= UNREAD_BYTES_MAX)
}

/** What isn't HTTP, or is not all there in time, gets one answer in our envelope, and the connection ends. */
function answerUnparsable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || isTlsFault(error) || !socket.writable) {
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
