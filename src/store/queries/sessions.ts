import { sql } from 'kysely'
import { type Db, toIso } from '../schema.ts'

export interface LiveSession {
  sessionId: string
  userId: string
  organizationId: string
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
