import type { IncomingMessage } from 'node:http'

const HEADER_LENGTH_MAX = 500

/** Who and what stands behind a request, as its headers tell. */
export interface RequestSource {
  httpReferer: string | null
  /** Origin of the referer: the app behind the request; '' when there is none. */
  origin: string
  appTitle: string | null
  userAgent: string | null
  ip: string | null
}

export function readSource(request: IncomingMessage): RequestSource {
  const httpReferer = header(request, 'http-referer') ?? header(request, 'referer')
  return {
    httpReferer,
    origin: originOf(httpReferer),
    appTitle: header(request, 'x-openrouter-title') ?? header(request, 'x-title'),
    userAgent: header(request, 'user-agent'),
    ip: request.socket.remoteAddress ?? null,
  }
}

export function readSessionHeader(request: IncomingMessage): string | null {
  return header(request, 'x-session-id')
}

function originOf(referer: string | null): string {
  return referer !== null && URL.canParse(referer) ? new URL(referer).origin : ''
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value.slice(0, HEADER_LENGTH_MAX) : null
}
