import type { RequestListener, ServerOptions } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'

/** PEM texts. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const MIN_VERSION = 'TLSv1.3'
const FIRST_BYTE_TIMEOUT_MS = 10_000
const HANDSHAKE_TIMEOUT_MS = 10_000
/** What every TLS connection begins with: the type of a record that carries a handshake. Source: RFC 8446, 5.1. */
const HANDSHAKE_RECORD = 22

/** A server that speaks TLS 1.3 alone. Connections that begin with anything else, such as HTTP in clear, are reset unanswered. */
export function createTlsServer(certificate: Certificate, options: ServerOptions, listener: RequestListener): Server {
  const handshake = { minVersion: MIN_VERSION, handshakeTimeout: HANDSHAKE_TIMEOUT_MS } as const
  const { cert, key } = certificate
  const server = createServer({ ...options, ...handshake, cert, key }, listener)
  // Node would end what isn't TLS as if it were well; here the first byte decides before TLS sees the connection.
  const accept = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    expectHandshake(socket, () => {
      for (const listen of accept) listen.call(server, socket)
    })
  })
  return server
}

/** Connections that begin from now on are shown this one. Throws when its key is another's; then the one before stays. */
export function replaceCertificate(server: Server, { cert, key }: Certificate): void {
  server.setSecureContext({ cert, key, minVersion: MIN_VERSION })
}

/** Whether a fault is one of TLS, to whose peer nothing can be said. */
export function isTlsFault({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
}

function expectHandshake(socket: Socket, accept: () => void): void {
  const drop = () => socket.destroy()
  socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, drop)
  socket.on('error', drop)
  socket.once('readable', () => {
    socket.setTimeout(0)
    socket.off('timeout', drop).off('error', drop)
    const bytes: Buffer | null = socket.read()
    if (bytes === null) drop()
    else if (bytes[0] !== HANDSHAKE_RECORD) socket.resetAndDestroy()
    else {
      socket.unshift(bytes)
      accept()
    }
  })
}
