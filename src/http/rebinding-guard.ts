import { isIP } from 'node:net'
import { AppError } from '../domain/app-error.ts'

const LOOPBACK_NAME = 'localhost'

/**
 * Refuses what a page in a browser can make that browser send: a Host that is another site's name led to this address, or an
 * Origin that isn't where the request goes. An address given as numbers can't be rebound. Clients that are no browsers send
 * no Origin. Throws 403.
 */
export function requireOwnHost(
  headers: { host?: string | undefined; origin?: string | undefined },
  publicUrl: string,
): void {
  const own = new URL(publicUrl)
  const host = parseHost(headers.host)
  if (host === undefined || !(host.hostname === own.hostname || isUnboundName(host.hostname))) {
    throw new AppError('forbidden', 'The Host header is not a name of this installation (SWITCHYARD_PUBLIC_URL)')
  }
  if (headers.origin === undefined || headers.origin === own.origin) return
  const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : undefined
  if (origin?.host !== host.host) throw new AppError('forbidden', 'The Origin header is not of this installation')
}

function parseHost(host: string | undefined): URL | undefined {
  const text = `http://${host ?? ''}`
  const url = host !== undefined && URL.canParse(text) ? new URL(text) : undefined
  return url?.pathname === '/' && url.username === '' && url.search === '' ? url : undefined
}

function isUnboundName(hostname: string): boolean {
  return hostname === LOOPBACK_NAME || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}
