import type { IncomingMessage } from 'node:http'
import { AppError } from '../../domain/app-error.ts'
import { clientAddress } from '../../domain/client-address.ts'
import type { IpRangeSet } from '../../domain/ip-ranges.ts'

const HEADER_LENGTH_MAX = 500
const NAMES = /^[\w.:-]+( *, *[\w.:-]+)*$/

/** Who and what stands behind a request, as its headers tell. */
export interface RequestSource {
  httpReferer: string | null
  /** Origin of the referer: the app behind the request; '' when there is none. */
  origin: string
  appTitle: string | null
  userAgent: string | null
  ip: string | null
}

/** Where a request comes from: its connection, or what trusted proxies say; null where that isn't known. */
export function readAddress({ headers, socket }: IncomingMessage, trustedProxies: IpRangeSet | null): string | null {
  const forwardedFor = headers['x-forwarded-for']
  return clientAddress(socket.remoteAddress, forwardedFor?.toString(), trustedProxies)
}

export function readSource(request: IncomingMessage, ip: string | null): RequestSource {
  const httpReferer = header(request, 'http-referer') ?? header(request, 'referer')
  return {
    httpReferer,
    origin: originOf(httpReferer),
    appTitle: header(request, 'x-openrouter-title') ?? header(request, 'x-title'),
    userAgent: header(request, 'user-agent'),
    ip,
  }
}

export function readSessionHeader(request: IncomingMessage): string | null {
  return header(request, 'x-session-id')
}

/** Features on trial that a caller wants of providers of Anthropic's format. Throws `invalid_request` for what are no names. */
export function readAnthropicBeta({ headers }: IncomingMessage): string | null {
  const wish = headers['x-anthropic-beta'] ?? headers['anthropic-beta']
  if (wish === undefined) return null
  const names = String(wish).trim()
  if (NAMES.test(names)) return names
  throw new AppError('invalid_request', 'anthropic-beta: must be names with commas between them')
}

function originOf(referer: string | null): string {
  return referer !== null && URL.canParse(referer) ? new URL(referer).origin : ''
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value.slice(0, HEADER_LENGTH_MAX) : null
}
