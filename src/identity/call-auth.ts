import { AppError } from '../domain/app-error.ts'
import { PasswordsBusy } from '../platform/password.ts'
import { CLIENT_IP_HEADER } from './client-ip-header.ts'
import type { IdentityCall, IdentityContext } from './identity-context.ts'
import { findCookie, readSessionToken, sessionCookieName, signSessionToken } from './session-cookie.ts'

const BUSY_RETRY_SECONDS = 5

/** Why better-auth refused: its code, such as `INVALID_CODE`, and the cookies it wants set all the same. */
export class AuthRefusal extends Error {
  readonly reason: string
  readonly cookies: readonly string[]

  constructor(reason: string, cookies: readonly string[]) {
    super(reason)
    this.name = 'AuthRefusal'
    this.reason = reason
    this.cookies = cookies
  }
}

/** Runs a call of better-auth. Throws AuthRefusal; `unavailable` when too many passwords are being checked. */
export async function callAuth<T>(
  work: () => Promise<{ headers?: Headers | null; response: T }>,
): Promise<{ data: T; cookies: string[] }> {
  try {
    const { headers, response } = await work()
    return { data: response, cookies: headers?.getSetCookie() ?? [] }
  } catch (error) {
    if (error instanceof PasswordsBusy) throw passwordsBusy(error)
    if (!isRefusal(error)) throw error
    const { body, headers } = error
    throw new AuthRefusal(body?.code ?? 'UNKNOWN', new Headers(headers ?? {}).getSetCookie())
  }
}

interface Refusal extends Error {
  status: string
  body?: { code?: string }
  headers?: Headers
}

/** By its name: its class would load all of better-auth. */
function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'APIError' && (error as Refusal).status !== 'INTERNAL_SERVER_ERROR'
}

/** The same of our own hashing. */
export async function withoutHaste<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof PasswordsBusy ? passwordsBusy(error) : error
  }
}

function passwordsBusy(cause: PasswordsBusy): AppError {
  const options = { cause, retryAfterSeconds: BUSY_RETRY_SECONDS }
  return new AppError('unavailable', 'Too many people sign in at the moment; try again', {}, options)
}

/** The head that better-auth sees: the cookies, the session's signed with today's secret or left out, and where it comes from. */
export function authHeaders(
  { keys, publicUrl }: Pick<IdentityContext, 'keys' | 'publicUrl'>,
  call: Pick<IdentityCall, 'cookie' | 'ip' | 'origin'>,
  { session = 'kept' }: { session?: 'kept' | 'left_out' } = {},
): Headers {
  const name = sessionCookieName(publicUrl)
  const [key] = keys
  if (name === undefined || key === undefined) throw new Error('nobody signs in without a cookie')
  const value = findCookie(call.cookie, name)
  const token = value === undefined || session === 'left_out' ? undefined : readSessionToken(value, keys)
  const others = (call.cookie ?? '').split(';').flatMap((pair) => {
    const text = pair.trim()
    return text === '' || text.startsWith(`${name}=`) ? [] : [text]
  })
  const cookies = token === undefined ? others : [...others, `${name}=${signSessionToken(token, key)}`]
  const headers = new Headers({ cookie: cookies.join('; ') })
  if (call.ip !== null) headers.set(CLIENT_IP_HEADER, call.ip)
  if (call.origin.userAgent !== null) headers.set('user-agent', headerText(call.origin.userAgent))
  return headers
}

/** What a header may hold of a text that came in one. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
