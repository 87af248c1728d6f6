import { passwordProblem } from '../domain/password-rule.ts'
import { hashPassword, verifyPassword } from '../platform/password.ts'
import { findPasswordHash, type Person, setPasswordHash } from '../store/queries/people.ts'
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

/** Gives somebody a password, or another one. It has been found good. */
export async function savePassword(
  { db, clock }: Pick<IdentityContext, 'db' | 'clock'>,
  { id }: Pick<Person, 'id'>,
  password: string,
): Promise<void> {
  const hash = await withoutHaste(() => hashPassword(password))
  await setPasswordHash(db, id, hash, clock.now())
}
