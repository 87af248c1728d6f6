import { randomBytes } from 'node:crypto'
import { UNKNOWN_KEY_MESSAGE } from '../contract/common/errors.ts'
import { AppError } from '../domain/app-error.ts'
import { newUuid } from '../platform/ids.ts'
import { listSeats } from '../store/queries/people.ts'
import {
  deleteKeySession,
  deleteSessionByToken,
  endAllSessions,
  findKeySession,
  findLiveSession,
  findSessionEnd,
  insertKeySession,
  insertSession,
  type KeySession,
  type LiveSession,
} from '../store/queries/sessions.ts'
import type { SessionEnd } from '../store/tables/identity.ts'
import { type IdentityCall, type IdentityContext, refusal } from './identity-context.ts'
import {
  findCookie,
  isKeySessionToken,
  KEY_SESSION_PREFIX,
  readSessionToken,
  SESSION_SECONDS,
  sessionCookie,
  sessionCookieName,
  signSessionToken,
} from './session-cookie.ts'

const RECENT_MS = 15 * 60_000
const TOKEN_BYTES = 24

export type CurrentSession =
  | ({ kind: 'member'; token: string } & LiveSession)
  | ({ kind: 'key'; token: string } & KeySession)
export type MemberSession = Extract<CurrentSession, { kind: 'member' }>

type Call = Pick<IdentityCall, 'cookie' | 'ip' | 'origin'>

/** The session that a request is of; undefined without one that is good. */
export async function findCurrentSession(
  { db, clock, keys, publicUrl }: IdentityContext,
  { cookie }: Pick<IdentityCall, 'cookie'>,
): Promise<CurrentSession | undefined> {
  const token = tokenOf({ keys, publicUrl }, cookie)
  if (token === undefined) return undefined
  const now = clock.now()
  if (isKeySessionToken(token)) {
    const session = await findKeySession(db, token, now)
    return session && { kind: 'key', token, ...session }
  }
  const session = await findLiveSession(db, token, now)
  return session && { kind: 'member', token, ...session }
}

/** Why the session that a request came with was ended; undefined where nobody ended it. */
export async function findEnd(
  { db, ...settings }: IdentityContext,
  { cookie }: Pick<IdentityCall, 'cookie'>,
): Promise<SessionEnd | undefined> {
  const token = tokenOf(settings, cookie)
  return token === undefined ? undefined : await findSessionEnd(db, token)
}

function tokenOf(
  { keys, publicUrl }: Pick<IdentityContext, 'keys' | 'publicUrl'>,
  cookie: string | undefined,
): string | undefined {
  const name = sessionCookieName(publicUrl)
  const value = name === undefined ? undefined : findCookie(cookie, name)
  return value === undefined ? undefined : readSessionToken(value, keys)
}

/** Throws 401, and 403 for a session that is no person's. */
export async function requireMember(context: IdentityContext, call: Call): Promise<MemberSession> {
  const session = await findCurrentSession(context, call)
  if (session === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  if (session.kind === 'key') throw refusal('forbidden', 'key_session', 'A session opened with a key has no user')
  return session
}

/** Who signed in a while ago may have left their desk. Throws 403. */
export function requireRecent(context: IdentityContext, session: MemberSession): void {
  if (isRecent(session, context.clock.now())) return
  throw refusal('forbidden', 'sign_in_again', 'Sign in again to do this')
}

export function isRecent({ createdAt }: { createdAt: number }, now: number): boolean {
  return now - createdAt <= RECENT_MS
}

/** Whoever is in no organization has nothing to sign in to. Throws 403. */
export async function requireSeat(context: IdentityContext, userId: string): Promise<void> {
  if ((await listSeats(context.db, userId)).length > 0) return
  await endAllSessions(context.db, userId, { kept: null, reason: 'removed', now: context.clock.now() })
  throw refusal('forbidden', 'no_organization', 'This login is in no organization (any more)')
}

/** A new session for somebody we know, in place of the one that the request came with. Returns its cookie. */
export async function startSession(
  context: IdentityContext,
  call: Call,
  choice: { userId: string; organizationId: string | null; provenAt?: number },
): Promise<string[]> {
  const { clock, db } = context
  const now = clock.now()
  const { organizationId, provenAt = now, userId } = choice
  const { ip, origin } = call
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const { userAgent } = origin
  const expiresAt = now + SESSION_SECONDS * 1_000
  await insertSession(db, { id: newUuid(), token, userId, organizationId, ip, userAgent, provenAt, now, expiresAt })
  await endSession(context, call)
  return cookieOf(context, token)
}

function cookieOf({ keys, publicUrl }: Pick<IdentityContext, 'keys' | 'publicUrl'>, token: string): string[] {
  const [key] = keys
  if (key === undefined) throw new Error('nobody signs in without a key')
  return sessionCookie(publicUrl, signSessionToken(token, key))
}

/** Ends the session that the request came with, if any. */
export async function endSession(context: IdentityContext, call: Pick<IdentityCall, 'cookie'>): Promise<void> {
  const session = await findCurrentSession(context, call)
  if (session?.kind === 'member') await deleteSessionByToken(context.db, session.token)
  if (session?.kind === 'key') await deleteKeySession(context.db, session.token)
}

/** A session of a key: what the key may, for as long as it is good. Returns its cookie. */
export async function startKeySession(context: IdentityContext, call: Call, keyHash: string): Promise<string[]> {
  const { clock, db } = context
  const now = clock.now()
  const token = KEY_SESSION_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
  await insertKeySession(db, { id: newUuid(), token, keyHash, now, expiresAt: now + SESSION_SECONDS * 1_000 })
  await endSession(context, call)
  return cookieOf(context, token)
}
