import { UNKNOWN_KEY_MESSAGE } from '../contract/common/errors.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import type { Clock } from '../platform/clock.ts'
import { findKeySession, findLiveSession } from '../store/queries/sessions.ts'
import type { Db } from '../store/schema.ts'
import { findCookie, isKeySessionToken, readSessionToken, sessionCookieName } from './session-cookie.ts'

export interface SessionParts {
  db: Db
  clock: Clock
  /** Any of them may have signed a cookie. */
  keys: readonly Buffer[]
  publicUrl: string
  /** Who a key by its hash is, judged as one that is sent. Throws 401 and 403. */
  findKeyActor: (keyHash: string, ip: string | null) => Promise<Actor>
}

/** What of a request tells which session it is of and which page sent it. */
export interface SessionRequest {
  method: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  ip: string | null
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Who is behind a request's session cookie: undefined without one. Throws 401 when the session is expired, unknown, tampered
 * with or of somebody who has left the organization; 403 when another site's page sent a call that changes something.
 */
export async function findSessionActor(parts: SessionParts, request: SessionRequest): Promise<Actor | undefined> {
  const name = sessionCookieName(parts.publicUrl)
  const value = name === undefined ? undefined : findCookie(textOf(request.headers['cookie']), name)
  if (value === undefined) return undefined
  if (!SAFE_METHODS.has(request.method)) requireSameOrigin(request, parts.publicUrl)
  const token = readSessionToken(value, parts.keys)
  if (token !== undefined && isKeySessionToken(token)) return await findActorOfKey(parts, token, request.ip)
  const session = token === undefined ? undefined : await findLiveSession(parts.db, token, parts.clock.now())
  if (session === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  const { organizationId, sessionId, userId } = session
  return { kind: 'session', organizationId, sessionId, userId }
}

async function findActorOfKey(parts: SessionParts, token: string, ip: string | null): Promise<Actor> {
  const session = await findKeySession(parts.db, token, parts.clock.now())
  if (session === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return await parts.findKeyActor(session.keyHash, ip)
}

/** A browser sends the cookie whoever wrote the page, and says whose page it was. What says nothing is no browser of ours. */
export function requireSameOrigin({ headers }: Pick<SessionRequest, 'headers'>, publicUrl: string): void {
  const site = textOf(headers['sec-fetch-site'])
  const isSame =
    site === undefined
      ? textOf(headers['origin']) === new URL(publicUrl).origin
      : site === 'same-origin' || site === 'none'
  if (!isSame) throw new AppError('forbidden', 'This call must come from a page of this installation')
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join('; ') : header
}
