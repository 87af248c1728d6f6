import { z } from 'zod'
import { PASSWORD_LENGTH_MIN } from '../../domain/password-rule.ts'
import { deleteSecondFactor, findPerson } from '../../store/queries/people.ts'
import { endAllSessions } from '../../store/queries/sessions.ts'
import type { Tx } from '../../store/schema.ts'
import { AuthRefusal, authHeaders, callAuth } from '../call-auth.ts'
import { type MemberSession, requireMember, startSession } from '../current-session.ts'
import {
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { requireGoodPassword, requireOwner, wrongPassword } from '../passwords.ts'
import { Password } from '../route-inputs.ts'

const WithPassword = z.strictObject({ password: Password })

const enable = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/enable',
  input: WithPassword,
  run: async (context, call) => {
    const headers = await headersOf(context, call)
    const { password } = call.input
    const { api } = await context.loadAuth()
    const { data } = await refusedAsOurs(() =>
      callAuth(() => api.enableTwoFactor({ body: { password, method: 'totp' }, headers, returnHeaders: true })),
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
    // Counted before: in the transaction a refusal would take it back.
    const isFirstUse = await context.tries.isFirstUse(userId, code, context.clock.now())
    await changeFactor(context, call, {
      session,
      action: 'enableSecondFactor',
      work: async (tx) => {
        if ((await findPerson(tx, userId))?.two_factor_enabled !== false) throw alreadyEnabled()
        if (!isFirstUse) throw wrongCode()
        const { api } = await context.loadAuthIn(tx)
        await callAuth(() => api.verifyTOTP({ body: { code }, headers, returnHeaders: true }))
      },
    })
    await context.tries.forget(userId)
    return { data: { status: 'enabled' }, cookies: await goOn(context, call, session) }
  },
})

const disable = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/disable',
  input: WithPassword,
  run: async (context, call) => {
    const session = await requireMember(context, call)
    const { password } = call.input
    const person = await findPerson(context.db, session.userId)
    if (password.length < PASSWORD_LENGTH_MIN)
      requireGoodPassword(password, { email: person?.email ?? '', hasSecondFactor: false })
    await requireOwner(context, session, password)
    await changeFactor(context, call, {
      session,
      action: 'disableSecondFactor',
      work: async (tx) => {
        if (!(await deleteSecondFactor(tx, session.userId, context.clock.now()))) throw notEnabled()
      },
    })
    return { data: { status: 'disabled' }, cookies: await goOn(context, call, session) }
  },
})

const backupCodes = identityRoute({
  method: 'POST',
  path: '/auth-api/two-factor/backup-codes',
  input: WithPassword,
  run: async (context, call) => {
    const session = await requireMember(context, call)
    const { sessionId, userId } = session
    await requireOwner(context, session, call.input.password)
    const headers = authHeaders(context, call)
    const body = { password: call.input.password }
    let codes: string[] = []
    await refusedAsOurs(() =>
      context.control.actOnPerson({
        ...{ action: 'renewBackupCodes', userId, sessionId, origin: call.origin },
        work: async (tx) => {
          const { api } = await context.loadAuthIn(tx, { isPasswordProven: true })
          const { data } = await callAuth(() => api.generateBackupCodes({ body, headers, returnHeaders: true }))
          codes = data.backupCodes
          return { after: { backup_codes: codes.length } }
        },
      }),
    )
    return { data: { backup_codes: codes } }
  },
})

/** Whatever was signed in with less, or otherwise, ends with it. A wrong code stays counted: that is no change, but no failure
 *  of the transaction either. */
async function changeFactor(
  { clock, control }: IdentityContext,
  call: IdentityCall,
  change: {
    session: MemberSession
    action: 'enableSecondFactor' | 'disableSecondFactor'
    work: (tx: Tx) => Promise<void>
  },
): Promise<void> {
  const { action, session, work } = change
  const { sessionId, userId } = session
  let refused: AuthRefusal | undefined
  await control.actOnPerson({
    ...{ action, userId, sessionId, origin: call.origin },
    work: async (tx) => {
      try {
        await work(tx)
      } catch (error) {
        if (!(error instanceof AuthRefusal)) throw error
        refused = error
        return undefined
      }
      const ended = await endAllSessions(tx, userId, { kept: null, reason: 'second_factor', now: clock.now() })
      return { after: { ended_sessions: ended } }
    },
  })
  if (refused !== undefined) throw toRefusal(refused)
}

/** This browser goes on, in a session of its own. */
async function goOn(context: IdentityContext, call: IdentityCall, session: MemberSession): Promise<string[]> {
  const { createdAt: provenAt, organizationId, userId } = session
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
  if (reason === 'TOTP_ALREADY_ENABLED') return alreadyEnabled()
  if (reason === 'INVALID_CODE') return wrongCode()
  return notEnabled()
}

function wrongCode(): Error {
  return refusal('invalid_request', 'wrong_code', 'The code is wrong')
}

function alreadyEnabled(): Error {
  return refusal('conflict', 'enabled', 'There is a second factor already')
}

function notEnabled(): Error {
  return refusal('invalid_request', 'not_enabled', 'There is no second factor')
}

export const SECOND_FACTOR_ROUTES: readonly IdentityRoute[] = [enable, confirm, disable, backupCodes]
