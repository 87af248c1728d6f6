import type { CallOrigin } from '../domain/actor.ts'
import { passwordProblem } from '../domain/password-rule.ts'
import { hashPassword, verifyPassword } from '../platform/password.ts'
import { findPasswordHash, setPasswordHash } from '../store/queries/people.ts'
import { endAllSessions } from '../store/queries/sessions.ts'
import type { Tx } from '../store/schema.ts'
import { withoutHaste } from './call-auth.ts'
import { type MemberSession, requireRecent } from './current-session.ts'
import { type IdentityContext, refusal } from './identity-context.ts'

/** Throws 400 in words for its owner. */
export function requireGoodPassword(password: string, owner: { email: string; hasSecondFactor: boolean }): void {
  const problem = passwordProblem(password, owner)
  if (problem !== undefined) throw refusal('invalid_request', 'password', problem)
}

/** For what only the owner of a session may do, and not whoever sits at their desk: the password, or without one a session that
 *  has just begun. Throws 400 and 403. */
export async function requireOwner(
  context: IdentityContext,
  session: MemberSession,
  password: string | undefined,
): Promise<void> {
  const hash = await findPasswordHash(context.db, session.userId)
  if (hash === null) {
    requireRecent(context, session)
    return
  }
  await context.tries.take({ name: session.userId, ip: null }, context.clock.now())
  if (password === undefined || !(await withoutHaste(() => verifyPassword(hash, password)))) throw wrongPassword()
  await context.tries.forget(session.userId)
}

export function wrongPassword(): Error {
  return refusal('invalid_request', 'wrong_password', 'The password is wrong')
}

/** What ends, and what stands in the audit log, when somebody gets another password. It has been found good. */
export async function changePassword(
  context: Pick<IdentityContext, 'clock' | 'control'>,
  person: { id: string; sessionId: string | null },
  change: {
    action: 'setPassword' | 'changePassword' | 'resetPassword'
    password: string
    origin: CallOrigin
    /** Looks once more, while nobody else can change anything. Throws when it isn't so any more. */
    check?: (tx: Tx) => Promise<void>
  },
): Promise<void> {
  const { clock, control } = context
  const { action, check, origin, password } = change
  // Outside of the transaction, because it takes long.
  const hash = await withoutHaste(() => hashPassword(password))
  await control.actOnPerson({
    action,
    userId: person.id,
    sessionId: person.sessionId,
    origin,
    work: async (tx) => {
      await check?.(tx)
      const now = clock.now()
      await setPasswordHash(tx, person.id, hash, now)
      const ended = await endAllSessions(tx, person.id, { kept: person.sessionId, reason: 'password', now })
      return { after: { ended_sessions: ended } }
    },
  })
}

/** Of somebody who has just come, or has had none. */
export async function setFirstPassword(
  context: Pick<IdentityContext, 'clock' | 'control'>,
  person: { id: string; sessionId: string | null },
  given: { password: string; origin: CallOrigin },
): Promise<void> {
  await changePassword(context, person, { action: 'setPassword', ...given })
}
