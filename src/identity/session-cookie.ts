import { createHmac, timingSafeEqual } from 'node:crypto'

/** The purpose under which the signing key is derived from the installation's secret (`deriveKey`). */
export const SESSION_KEY_PURPOSE = 'session'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const COOKIE_HEADER_CHARACTERS_MAX = 16_384

/** What the cookie is called under a public URL. Undefined where none is set or read: on plain HTTP beyond loopback, where
 *  anybody on the way could read it. */
export function sessionCookieName(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'https:') return '__Host-switchyard.session'
  return LOOPBACK.test(hostname) ? 'switchyard.session' : undefined
}

/** `<token>.<HMAC-SHA256 of the token, base64url>`. */
export function signSessionToken(token: string, key: Buffer): string {
  return `${token}.${signatureOf(token, key)}`
}

/** The token of a cookie's value; undefined when its signature isn't ours. */
export function readSessionToken(value: string, keys: readonly Buffer[]): string | undefined {
  const dot = value.lastIndexOf('.')
  if (dot < 1) return undefined
  const token = value.slice(0, dot)
  // As texts: several texts stand for the same bytes, and only one of them is ours.
  const given = Buffer.from(value.slice(dot + 1))
  const isOurs = keys.some((key) => {
    const expected = Buffer.from(signatureOf(token, key))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return isOurs ? token : undefined
}

/** The value of a cookie in a Cookie header. Of several with one name the first counts. */
export function findCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_CHARACTERS_MAX) return undefined
  for (const pair of header.split(';')) {
    const [key = '', ...rest] = pair.split('=')
    if (key.trim() === name) return rest.join('=').trim()
  }
  return undefined
}

function signatureOf(token: string, key: Buffer): string {
  return createHmac('sha256', key).update(token).digest('base64url')
}
