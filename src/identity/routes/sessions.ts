import { z } from 'zod'
import { UNKNOWN_KEY_MESSAGE } from '../../contract/common/errors.ts'
import { loadAccess } from '../../control/load-access.ts'
import type { Access } from '../../domain/access.ts'
import type { Actor } from '../../domain/actor.ts'
import { AppError } from '../../domain/app-error.ts'
import { getOrganizationName } from '../../store/queries/joining-members.ts'
import { findPasswordHash, findPerson, listSeats, renamePerson } from '../../store/queries/people.ts'
import { endAllSessions, endSessionById, listLiveSessions } from '../../store/queries/sessions.ts'
import { toIso } from '../../store/schema.ts'
import { authHeaders, callAuth } from '../call-auth.ts'
import {
  type CurrentSession,
  findCurrentSession,
  findEnd,
  isRecent,
  type MemberSession,
  requireMember,
  startSession,
} from '../current-session.ts'
import {
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { Name, NoInput } from '../route-inputs.ts'
import { SESSION_SECONDS } from '../session-cookie.ts'

const RENEWED_AFTER_MS = 86_400_000

const current = identityRoute({
  method: 'GET',
  path: '/auth-api/session',
  input: NoInput,
  run: async (context, call) => {
    const session = await findCurrentSession(context, call)
    if (session === undefined) throw await signedOut(context, call)
    if (session.kind === 'key') {
      const actor = await context.findKeyActor(session.keyHash, call.ip)
      return { data: await describe(context, session, actor) }
    }
    const { organizationId, sessionId, userId } = session
    const cookies = await renew(context, call, session)
    return { data: await describe(context, session, { kind: 'session', organizationId, sessionId, userId }), cookies }
  },
})

/** Once a day. */
async function renew(context: IdentityContext, call: IdentityCall, { expiresAt }: MemberSession): Promise<string[]> {
  if (expiresAt - context.clock.now() > SESSION_SECONDS * 1_000 - RENEWED_AFTER_MS) return []
  const { api } = await context.loadAuth()
  const { cookies } = await callAuth(() => api.getSession({ headers: authHeaders(context, call), returnHeaders: true }))
  return cookies
}

/** The browser that had the session is told who ended it: nobody else has its cookie. */
async function signedOut(context: IdentityContext, call: IdentityCall): Promise<AppError> {
  const end = await findEnd(context, call)
  if (end === undefined) return new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return refusal('unauthorized', `ended_${end}`, UNKNOWN_KEY_MESSAGE)
}

/** What a page needs to know to show what may be done. */
async function describe(context: IdentityContext, session: CurrentSession, actor: Actor) {
  if (actor.kind === 'anonymous') throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  const { db } = context
  const seats =
    session.kind === 'member'
      ? await listSeats(db, session.userId)
      : [{ id: actor.organizationId, name: await getOrganizationName(db, actor.organizationId), role: null }]
  return {
    kind: session.kind,
    user: session.kind === 'member' ? await describeUser(context, session.userId) : null,
    session: {
      id: session.kind === 'member' ? session.sessionId : session.id,
      created_at: toIso(session.createdAt),
      expires_at: toIso(session.expiresAt),
      is_recent: isRecent(session, context.clock.now()),
    },
    organization: seats.find(({ id }) => id === actor.organizationId) ?? null,
    organizations: seats,
    permissions: permissionsOf(await loadAccess(db, actor)),
  }
}

async function describeUser({ db }: IdentityContext, userId: string) {
  const person = await findPerson(db, userId)
  if (person === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return {
    id: person.id,
    email: person.email,
    first_name: person.first_name,
    last_name: person.last_name,
    has_password: (await findPasswordHash(db, userId)) !== null,
    has_second_factor: person.two_factor_enabled,
  }
}

function permissionsOf(access: Access) {
  const workspaces = [...access.workspaces].map(([id, grants]) => [id, Object.fromEntries(grants)] as const)
  return { organization: [...access.organization].sort(), workspaces: Object.fromEntries(workspaces) }
}

const list = identityRoute({
  method: 'GET',
  path: '/auth-api/sessions',
  input: NoInput,
  run: async (context, call) => {
    const { sessionId, userId } = await requireMember(context, call)
    const rows = await listLiveSessions(context.db, userId, context.clock.now())
    return {
      data: rows.map((row) => ({
        id: row.id,
        created_at: toIso(row.created_at),
        expires_at: toIso(row.expires_at),
        ip: row.ip_address === '' ? null : row.ip_address,
        user_agent: row.user_agent === '' ? null : row.user_agent,
        is_current: row.id === sessionId,
      })),
    }
  },
})

const end = identityRoute({
  method: 'DELETE',
  path: '/auth-api/sessions/:id',
  input: z.strictObject({ id: z.string().min(1).max(100) }),
  run: async (context, call) => {
    const { sessionId, userId } = await requireMember(context, call)
    const { id } = call.input
    await context.control.actOnPerson({
      ...{ action: 'endSession', userId, sessionId, origin: call.origin },
      work: async (tx) => {
        if (!(await endSessionById(tx, userId, id, context.clock.now())))
          throw new AppError('not_found', 'Session not found')
        return { before: { session_id: id } }
      },
    })
    return { data: { status: 'ended' } }
  },
})

const endOthers = identityRoute({
  method: 'POST',
  path: '/auth-api/sessions/end-others',
  input: NoInput,
  run: async (context, call) => {
    const { sessionId, userId } = await requireMember(context, call)
    await context.control.actOnPerson({
      ...{ action: 'endOtherSessions', userId, sessionId, origin: call.origin },
      work: async (tx) => {
        const now = context.clock.now()
        const ended = await endAllSessions(tx, userId, { kept: sessionId, reason: 'by_owner', now })
        return ended === 0 ? undefined : { after: { ended_sessions: ended } }
      },
    })
    return { data: { status: 'ended' } }
  },
})

const switchOrganization = identityRoute({
  method: 'POST',
  path: '/auth-api/organization',
  input: z.strictObject({ organization_id: z.string().min(1).max(100) }),
  run: async (context, call) => {
    const { createdAt: provenAt, userId } = await requireMember(context, call)
    const { organization_id: organizationId } = call.input
    const seats = await listSeats(context.db, userId)
    if (!seats.some(({ id }) => id === organizationId)) throw new AppError('not_found', 'Organization not found')
    const cookies = await startSession(context, call, { userId, organizationId, provenAt })
    return { data: { status: 'switched' }, cookies }
  },
})

const profile = identityRoute({
  method: 'POST',
  path: '/auth-api/profile',
  input: z.strictObject({ first_name: Name.nullish(), last_name: Name.nullish() }),
  run: async (context, call) => {
    const { userId } = await requireMember(context, call)
    const person = await findPerson(context.db, userId)
    const { first_name: firstName = person?.first_name, last_name: lastName = person?.last_name } = call.input
    const names = { firstName: firstName ?? null, lastName: lastName ?? null }
    await renamePerson(context.db, userId, names, context.clock.now())
    return { data: { status: 'changed' } }
  },
})

export const SESSION_ROUTES: readonly IdentityRoute[] = [current, list, end, endOthers, switchOrganization, profile]
