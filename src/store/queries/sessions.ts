import { sql } from 'kysely'
import { type Db, type Tx, toIso } from '../schema.ts'
import type { SessionEnd } from '../tables/identity.ts'

/** For how long a session that was ended tells its browser why. */
const ENDED_KEPT_MS = 7 * 86_400_000

export interface LiveSession {
  sessionId: string
  userId: string
  organizationId: string
  /** Epoch milliseconds, like `expiresAt`. */
  createdAt: number
  expiresAt: number
}

/**
 * The session of a token that hasn't expired by `now`, with the organization it works in: the one it has chosen, else the
 * first that its user joined. Undefined also when the user is not (any more) in that organization.
 */
export async function findLiveSession(db: Db, token: string, now: number): Promise<LiveSession | undefined> {
  return await db
    .selectFrom('session')
    .innerJoin('organization_member as member', 'member.user_id', 'session.user_id')
    .select(['session.id as sessionId', 'session.user_id as userId', 'member.organization_id as organizationId'])
    .select(['session.created_at as createdAt', 'session.expires_at as expiresAt'])
    .where('session.token', '=', token)
    .where('session.expires_at', '>', sql<number>`${toIso(now)}`)
    .where((where) =>
      where.or([
        where('session.active_organization_id', 'is', null),
        where('session.active_organization_id', '=', where.ref('member.organization_id')),
      ]),
    )
    .orderBy('member.created_at')
    .orderBy('member.organization_id')
    .limit(1)
    .executeTakeFirst()
}

export async function insertSession(
  db: Db,
  session: {
    id: string
    token: string
    userId: string
    organizationId: string | null
    ip: string | null
    userAgent: string | null
    /** When its owner last proved who they are. */
    provenAt: number
    now: number
    expiresAt: number
  },
): Promise<void> {
  await db
    .insertInto('session')
    .values({
      id: session.id,
      token: session.token,
      user_id: session.userId,
      active_organization_id: session.organizationId,
      ip_address: session.ip,
      user_agent: session.userAgent,
      created_at: toIso(session.provenAt),
      updated_at: toIso(session.now),
      expires_at: toIso(session.expiresAt),
    })
    .execute()
}

export interface SessionRow {
  id: string
  ip_address: string | null
  user_agent: string | null
  created_at: number
  expires_at: number
}

/** Those of a person that live, newest first; at most 100. */
export async function listLiveSessions(db: Db, userId: string, now: number): Promise<SessionRow[]> {
  return await db
    .selectFrom('session')
    .select(['id', 'ip_address', 'user_agent', 'created_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', toIso(now) as never)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(100)
    .execute()
}

/** Whether there was a living one with this id, of this person. */
export async function endSessionById(db: Db, userId: string, id: string, now: number): Promise<boolean> {
  const row = await db
    .updateTable('session')
    .set({ expires_at: toIso(now), end_reason: 'by_owner' })
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .where('expires_at', '>', toIso(now) as never)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** All of a person that live, wherever they work, but the one that is named. Returns how many. */
export async function endAllSessions(
  db: Db,
  userId: string,
  { kept, reason, now }: { kept: string | null; reason: SessionEnd; now: number },
): Promise<number> {
  let query = db
    .updateTable('session')
    .set({ expires_at: toIso(now), end_reason: reason })
    .where('user_id', '=', userId)
    .where('expires_at', '>', toIso(now) as never)
  if (kept !== null) query = query.where('id', '<>', kept)
  return Number((await query.executeTakeFirst()).numUpdatedRows)
}

/** Those of a person that work in the organization, but the one that is named; management transactions may do no more. */
export async function endSessionsIn(
  tx: Tx,
  organizationId: string,
  userId: string,
  { kept, reason, now }: { kept: string | null; reason: SessionEnd; now: number },
): Promise<void> {
  await sql`SELECT end_sessions(${userId}, ${organizationId}, ${kept}, ${reason}, ${toIso(now)}::timestamptz)`.execute(
    tx,
  )
}

/** Why somebody ended the session of a token; undefined for one that lives, ran out or never was. */
export async function findSessionEnd(db: Db, token: string): Promise<SessionEnd | undefined> {
  const row = await db.selectFrom('session').select('end_reason').where('token', '=', token).executeTakeFirst()
  return row?.end_reason ?? undefined
}

export async function deleteSessionByToken(db: Db, token: string): Promise<void> {
  await db.deleteFrom('session').where('token', '=', token).execute()
}

export interface KeySession {
  id: string
  keyHash: string
  createdAt: number
  expiresAt: number
}

export async function insertKeySession(
  db: Db,
  session: { id: string; token: string; keyHash: string; now: number; expiresAt: number },
): Promise<void> {
  await db
    .insertInto('key_session')
    .values({
      id: session.id,
      token: session.token,
      key_hash: session.keyHash,
      created_at: toIso(session.now),
      expires_at: toIso(session.expiresAt),
    })
    .execute()
}

export async function findKeySession(db: Db, token: string, now: number): Promise<KeySession | undefined> {
  return await db
    .selectFrom('key_session')
    .select(['id', 'key_hash as keyHash', 'created_at as createdAt', 'expires_at as expiresAt'])
    .where('token', '=', token)
    .where('expires_at', '>', toIso(now) as never)
    .executeTakeFirst()
}

export async function deleteKeySession(db: Db, token: string): Promise<void> {
  await db.deleteFrom('key_session').where('token', '=', token).execute()
}

/** Sessions, tokens and counts of tries that mean nothing any more. */
export async function deleteExpiredIdentity(db: Db, now: number, triesBefore: number): Promise<void> {
  const due = toIso(now) as never
  await db
    .deleteFrom('session')
    .where('expires_at', '<=', due)
    .where((where) =>
      where.or([where('end_reason', 'is', null), where('expires_at', '<=', toIso(now - ENDED_KEPT_MS) as never)]),
    )
    .execute()
  await db.deleteFrom('key_session').where('expires_at', '<=', due).execute()
  await db.deleteFrom('verification').where('expires_at', '<=', due).execute()
  await db
    .deleteFrom('sign_in_try')
    .where('window_start', '<', toIso(triesBefore) as never)
    .execute()
}
