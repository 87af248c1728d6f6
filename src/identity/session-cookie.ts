import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from '../platform/derived-key.ts'
import type { Secrets } from '../store/installation.ts'

/** The purpose under which the signing key is derived from the installation's secret (`deriveKey`). */
export const SESSION_KEY_PURPOSE = 'session'

/** The first signs. Cookies signed with the secret before go on while it is being changed. */
export function sessionKeysOf({ current, previous }: Secrets): [Buffer, ...Buffer[]] {
  const before = previous === null ? [] : [deriveKey(previous, SESSION_KEY_PURPOSE)]
  return [deriveKey(current, SESSION_KEY_PURPOSE), ...before]
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const COOKIE_HEADER_CHARACTERS_MAX = 16_384
const TOKEN = /^[\w-]{1,200}$/

/** What the cookie is called under a public URL. Undefined where none is set or read: on plain HTTP beyond loopback, where
 *  anybody on the way could read it. */
export function sessionCookieName(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'https:') return '__Host-switchyard.session'
  return LOOPBACK.test(hostname) ? 'switchyard.session' : undefined
}

/** For how long a session lasts that isn't used. */
export const SESSION_SECONDS = 7 * 86_400

/** Gives a browser a session. */
export function sessionCookie(publicUrl: string, value: string): string[] {
  const name = sessionCookieName(publicUrl)
  if (name === undefined) throw new Error('nobody signs in without a cookie')
  const secure = publicUrl.startsWith('https:') ? ' Secure;' : ''
  return [`${name}=${value}; Max-Age=${SESSION_SECONDS}; Path=/; HttpOnly;${secure} SameSite=Lax`]
}

/** Takes the session's cookie off a browser. */
export function clearedCookie(publicUrl: string): string[] {
  const name = sessionCookieName(publicUrl)
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  return name === undefined ? [] : [`${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax${secure}`]
}

/** Holds on to the browser that has gone to an identity provider. */
export const OIDC_COOKIE = 'switchyard.oidc'

export function attemptCookie(publicUrl: string, value: string, seconds: number): string[] {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  return [`${OIDC_COOKIE}=${value}; Max-Age=${seconds}; Path=/auth-api/; HttpOnly; SameSite=Lax${secure}`]
}

export function clearedAttemptCookie(publicUrl: string): string[] {
  return attemptCookie(publicUrl, '', 0)
}

/** What tells a session opened with a key: the tokens of others have no such character. */
export const KEY_SESSION_PREFIX = 'key_'

export function isKeySessionToken(token: string): boolean {
  return token.startsWith(KEY_SESSION_PREFIX)
}

/** The text that better-auth signs and encrypts with, from a derived key. */
export function secretTextOf(key: Buffer): string {
  return key.toString('base64url')
}

/** `<token>.<HMAC-SHA256 of the token, base64>` as cookies carry it, percent-encoded: better-auth's form. */
export function signSessionToken(token: string, key: Buffer): string {
  const signature = createHmac('sha256', secretTextOf(key)).update(token).digest('base64')
  return encodeURIComponent(`${token}.${signature}`)
}

/** The token of a cookie's value; undefined when its signature isn't ours. */
export function readSessionToken(value: string, keys: readonly Buffer[]): string | undefined {
  const token = value.slice(0, Math.max(value.lastIndexOf('.'), 0))
  if (!TOKEN.test(token)) return undefined
  // As texts: several texts stand for the same bytes, and only one of them is ours.
  const given = Buffer.from(value)
  const isOurs = keys.some((key) => {
    const expected = Buffer.from(signSessionToken(token, key))
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
