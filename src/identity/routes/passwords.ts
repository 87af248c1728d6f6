import { z } from 'zod'
import { findPerson } from '../../store/queries/people.ts'
import { endAllSessions } from '../../store/queries/sessions.ts'
import { AuthRefusal, callAuth } from '../call-auth.ts'
import { requireMember, startSession } from '../current-session.ts'
import { type IdentityContext, type IdentityRoute, identityRoute, refusal } from '../identity-context.ts'
import { requireGoodPassword, requireOwner, savePassword } from '../passwords.ts'
import { Email, MailToken, Password } from '../route-inputs.ts'

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

async function sendResetLink(context: IdentityContext, email: string): Promise<void> {
  if (context.settings.isMailOn) await (await context.loadAuth()).api.requestPasswordReset({ body: { email } })
}

const reset = identityRoute({
  method: 'POST',
  path: '/auth-api/password/reset',
  input: z.strictObject({ token: MailToken, new_password: Password }),
  run: async (context, call) => {
    const { token, new_password: newPassword } = call.input
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const { $context, api } = await context.loadAuth()
    const { internalAdapter } = await $context
    const issued = await internalAdapter.findVerificationValue(`reset-password:${token}`)
    const person = issued && (await findPerson(context.db, issued.value))
    if (!person) throw badToken()
    requireGoodPassword(newPassword, { email: person.email, hasSecondFactor: person.two_factor_enabled })
    try {
      await callAuth(async () => ({
        response: await api.resetPassword({ body: { token, newPassword } }),
      }))
    } catch (error) {
      throw error instanceof AuthRefusal ? badToken() : error
    }
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
    await savePassword(context, person, password)
    await endAllSessions(context.db, person.id, {
      kept: session.sessionId,
      reason: 'password',
      now: context.clock.now(),
    })
    const { organizationId, userId } = session
    return { data: { status: 'changed' }, cookies: await startSession(context, call, { userId, organizationId }) }
  },
})

export const PASSWORD_ROUTES: readonly IdentityRoute[] = [forgot, reset, change]
