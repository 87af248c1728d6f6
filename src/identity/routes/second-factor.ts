import { z } from 'zod'
import { PASSWORD_LENGTH_MIN } from '../../domain/password-rule.ts'
import { findPerson } from '../../store/queries/people.ts'
import { endAllSessions } from '../../store/queries/sessions.ts'
import { AuthRefusal, authHeaders, callAuth } from '../call-auth.ts'
import { type MemberSession, requireMember, startSession } from '../current-session.ts'
import {
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { requireGoodPassword, wrongPassword } from '../passwords.ts'
import { Password } from '../route-inputs.ts'

const WithPassword = z.strictObject({ password: Password })

const enable = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/enable',
  input: WithPassword,
  run: async (context, call) => {
    const headers = await headersOf(context, call)
    const { password } = call.input
    const { data } = await refusedAsOurs(() =>
      callAuth(async () =>
        (await context.loadAuth()).api.enableTwoFactor({
          body: { password, method: 'totp' },
          headers,
          returnHeaders: true,
        }),
      ),
    )
    if (data.method !== 'totp') throw new Error('another factor than asked for')
    const secret = new URL(data.totpURI).searchParams.get('secret')
    return { data: { totp_uri: data.totpURI, secret, backup_codes: data.backupCodes } }
  },
})

const confirm = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/confirm',
  input: z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be 6 digits') }),
  run: async (context, call) => {
    const session = await requireMember(context, call)
    const { userId } = session
    await context.tries.take({ name: userId, ip: null }, context.clock.now())
    const headers = authHeaders(context, call)
    const { code } = call.input
    await refusedAsOurs(() =>
      callAuth(async () => (await context.loadAuth()).api.verifyTOTP({ body: { code }, headers, returnHeaders: true })),
    )
    await context.tries.forget(userId)
    return { data: { status: 'enabled' }, cookies: await startOver(context, call, session) }
  },
})

const disable = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/disable',
  input: WithPassword,
  run: async (context, call) => {
    const session = await requireMember(context, call)
    const { userId } = session
    const { password } = call.input
    const headers = await headersOf(context, call)
    const person = await findPerson(context.db, userId)
    if (password.length < PASSWORD_LENGTH_MIN)
      requireGoodPassword(password, { email: person?.email ?? '', hasSecondFactor: false })
    await refusedAsOurs(() =>
      callAuth(async () =>
        (await context.loadAuth()).api.disableTwoFactor({ body: { password }, headers, returnHeaders: true }),
      ),
    )
    await context.tries.forget(userId)
    return { data: { status: 'disabled' }, cookies: await startOver(context, call, session) }
  },
})

const backupCodes = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/backup-codes',
  input: WithPassword,
  run: async (context, call) => {
    const headers = await headersOf(context, call)
    const { password } = call.input
    const { data } = await refusedAsOurs(() =>
      callAuth(async () =>
        (await context.loadAuth()).api.generateBackupCodes({ body: { password }, headers, returnHeaders: true }),
      ),
    )
    return { data: { backup_codes: data.backupCodes } }
  },
})

/** Whatever was signed in with less, or otherwise, ends; this browser goes on in a session of its own. */
async function startOver(
  context: IdentityContext,
  call: IdentityCall,
  { createdAt: provenAt, organizationId, userId }: MemberSession,
): Promise<string[]> {
  await endAllSessions(context.db, userId, { kept: null, reason: 'second_factor', now: context.clock.now() })
  return await startSession(context, call, { userId, organizationId, provenAt })
}

/** Of somebody who is signed in, whose tries at their own password are counted. */
async function headersOf(context: IdentityContext, call: IdentityCall): Promise<Headers> {
  const { userId } = await requireMember(context, call)
  await context.tries.take({ name: userId, ip: null }, context.clock.now())
  return authHeaders(context, call)
}

async function refusedAsOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof AuthRefusal ? toRefusal(error) : error
  }
}

function toRefusal({ reason }: AuthRefusal): Error {
  if (reason === 'INVALID_PASSWORD') return wrongPassword()
  if (reason === 'TOTP_ALREADY_ENABLED') return refusal('conflict', 'enabled', 'There is a second factor already')
  if (reason === 'INVALID_CODE') return refusal('invalid_request', 'wrong_code', 'The code is wrong')
  return refusal('invalid_request', 'not_enabled', 'There is no second factor')
}

export const SECOND_FACTOR_ROUTES: readonly IdentityRoute[] = [enable, confirm, disable, backupCodes]
