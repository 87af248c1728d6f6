import { createHash } from 'node:crypto'
import { z } from 'zod'
import { findPasswordHash, findPerson, findPersonByEmail } from '../../store/queries/people.ts'
import type { Db, Tx } from '../../store/schema.ts'
import { requireMember, startSession } from '../current-session.ts'
import { type IdentityContext, type IdentityRoute, identityRoute, refusal } from '../identity-context.ts'
import { passwordResetLetter, sendToMember } from '../mail.ts'
import { issueToken, readToken, takeToken } from '../mail-tokens.ts'
import { changePassword, requireGoodPassword, requireOwner } from '../passwords.ts'
import { Email, MailToken, Password } from '../route-inputs.ts'

const LINK_MS = 3_600_000
const Wanted = z.object({ userId: z.string(), email: z.string(), mark: z.string() })

const forgot = identityRoute({
  method: 'POST',
  path: '/auth-api/password/forgot',
  input: z.strictObject({ email: Email }),
  run: async (context, call) => {
    const { email } = call.input
    await context.tries.take({ name: `forgot ${email}`, ip: call.ip }, context.clock.now())
    // Nobody waits for it, so that nobody sees by the time it takes whether there is such a login.
    void sendResetLink(context, email).catch(context.onFailure)
    return { data: { status: 'sent' } }
  },
})

/** The link is good for the password that there is, so that of several one counts, and none after another change. */
async function sendResetLink(context: IdentityContext, email: string): Promise<void> {
  const { db, publicUrl, settings } = context
  const person = settings.isMailOn ? await findPersonByEmail(db, email) : undefined
  if (person === undefined) return
  const wanted = { userId: person.id, email: person.email, mark: await markOf(db, person.id) }
  const token = await issueToken(context, 'password-reset', wanted, LINK_MS)
  await sendToMember(
    context,
    person.id,
    passwordResetLetter(person.email, `${publicUrl}/reset-password?token=${token}`),
  )
}

/** Tells one password from the next, and from none, without telling anything of it. */
async function markOf(db: Db, userId: string): Promise<string> {
  return createHash('sha256')
    .update((await findPasswordHash(db, userId)) ?? 'none')
    .digest('base64url')
}

const reset = identityRoute({
  method: 'POST',
  path: '/auth-api/password/reset',
  input: z.strictObject({ token: MailToken, new_password: Password }),
  run: async (context, call) => {
    const { token, new_password: password } = call.input
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const wanted = Wanted.safeParse(await readToken(context, 'password-reset', token))
    const person = wanted.success ? await findPerson(context.db, wanted.data.userId) : undefined
    // The link may be used again with a better password.
    if (person === undefined || person.email !== wanted.data?.email) throw badToken()
    requireGoodPassword(password, { email: person.email, hasSecondFactor: person.two_factor_enabled })
    const { mark } = wanted.data
    const check = async (tx: Tx) => {
      const isGood = (await takeToken({ ...context, db: tx }, 'password-reset', token)) !== undefined
      if (!isGood || mark !== (await markOf(tx, person.id))) throw badToken()
    }
    const owner = { id: person.id, sessionId: null }
    await changePassword(context, owner, { action: 'resetPassword', password, origin: call.origin, check })
    await context.tries.forget(person.email)
    return { data: { status: 'reset' } }
  },
})

export function badToken(): Error {
  return refusal('invalid_request', 'bad_token', 'This link is not valid (any more)')
}

const change = identityRoute({
  method: 'POST',
  path: '/auth-api/password/change',
  input: z.strictObject({ current_password: Password.optional(), new_password: Password }),
  run: async (context, call) => {
    const session = await requireMember(context, call)
    const { current_password: current, new_password: password } = call.input
    const person = await findPerson(context.db, session.userId)
    if (person === undefined) throw badToken()
    requireGoodPassword(password, { email: person.email, hasSecondFactor: person.two_factor_enabled })
    await requireOwner(context, session, current)
    const { organizationId, sessionId, userId } = session
    const action = current === undefined ? 'setPassword' : 'changePassword'
    await changePassword(context, { id: userId, sessionId }, { action, password, origin: call.origin })
    return { data: { status: 'changed' }, cookies: await startSession(context, call, { userId, organizationId }) }
  },
})

export const PASSWORD_ROUTES: readonly IdentityRoute[] = [forgot, reset, change]
