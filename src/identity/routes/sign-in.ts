import { z } from 'zod'
import { UNKNOWN_KEY_MESSAGE } from '../../contract/common/errors.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  PASSWORD_LENGTH_MAX,
  PASSWORD_LENGTH_MIN,
  PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR,
} from '../../domain/password-rule.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import { findPersonByEmail } from '../../store/queries/people.ts'
import { deleteSessionByToken } from '../../store/queries/sessions.ts'
import { needsSetUp } from '../../store/queries/set-up.ts'
import { AuthRefusal, authHeaders, callAuth } from '../call-auth.ts'
import { endSession, requireSeat, startKeySession } from '../current-session.ts'
import {
  type IdentityAnswer,
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { Email, NoInput, Password } from '../route-inputs.ts'
import { clearedCookie } from '../session-cookie.ts'
import { PER_NAME, WINDOW_MS } from '../sign-in-tries.ts'

const SIGNED_IN = { status: 'signed_in' } as const

const options = identityRoute({
  method: 'GET',
  path: '/auth-api/options',
  input: NoInput,
  run: async ({ db, oidc, settings }) => ({
    data: {
      sign_up: settings.signUp,
      sign_up_domains: settings.signUpDomains,
      oidc: oidc === null ? null : { name: oidc.name },
      is_mail_on: settings.isMailOn,
      needs_set_up: await needsSetUp(db),
      password: {
        min_length: PASSWORD_LENGTH_MIN,
        min_length_with_second_factor: PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR,
        max_length: PASSWORD_LENGTH_MAX,
      },
    },
  }),
})

const signIn = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-in',
  input: z.strictObject({ email: Email, password: Password, remember: z.boolean().default(true) }),
  run: async (context, call) => {
    const { email, password, remember } = call.input
    // Nobody waits for the record, so that nobody sees by the time it takes whether there is such a login.
    const onLimit = () => void noteLimit(context, email, call).catch(context.onFailure)
    await context.tries.take({ name: email, ip: call.ip }, context.clock.now(), onLimit)
    const { data, cookies } = await checkPassword(context, call, { email, password, rememberMe: remember })
    if ('twoFactorRedirect' in data) {
      return { data: { status: 'second_factor_needed', methods: ['totp', 'backup_code'] }, cookies }
    }
    await context.tries.forget(email)
    await endSession(context, call)
    await requireSeat(context, data.user.id)
    return { data: SIGNED_IN, cookies }
  },
})

/** Once in a while for each login, however many go on guessing. */
async function noteLimit({ control, db }: IdentityContext, email: string, call: IdentityCall): Promise<void> {
  const person = await findPersonByEmail(db, email)
  if (person === undefined) return
  await control.actOnPerson({
    ...{ action: 'limitSignIn', userId: person.id, sessionId: null, origin: call.origin },
    work: async () => ({ after: { tries: PER_NAME, minutes: WINDOW_MS / 60_000 } }),
  })
}

/** One answer for whatever is wrong, after the same work. */
async function checkPassword(
  context: IdentityContext,
  call: IdentityCall,
  body: { email: string; password: string; rememberMe: boolean },
) {
  const headers = authHeaders(context, call, { session: 'left_out' })
  try {
    const { api } = await context.loadAuth()
    return await callAuth(() => api.signInEmail({ body, headers, returnHeaders: true }))
  } catch (error) {
    if (!(error instanceof AuthRefusal)) throw error
    throw refusal('unauthorized', 'wrong_credentials', 'The e-mail address or the password is wrong')
  }
}

const Second = z.union([
  z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be 6 digits') }),
  z.strictObject({ backup_code: z.string().min(1).max(40) }),
])

const secondFactor = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-in/second-factor',
  input: Second,
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const { data, cookies } = await checkSecond(context, call)
    const person = await findPersonByEmail(context.db, data.user.email)
    if (person === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
    const { input } = call
    if ('code' in input && !(await context.tries.isFirstUse(person.id, input.code, context.clock.now()))) {
      if (data.token !== undefined) await deleteSessionByToken(context.db, data.token)
      throw wrongCode()
    }
    await endSession(context, call)
    await context.tries.forget(person.email)
    await requireSeat(context, person.id)
    return { data: SIGNED_IN, cookies }
  },
})

async function checkSecond(context: IdentityContext, call: IdentityCall<z.output<typeof Second>>) {
  const { input } = call
  const { api } = await context.loadAuth()
  const headers = authHeaders(context, call, { session: 'left_out' })
  try {
    return 'code' in input
      ? await callAuth(() => api.verifyTOTP({ body: { code: input.code }, headers, returnHeaders: true }))
      : await callAuth(() => api.verifyBackupCode({ body: { code: input.backup_code }, headers, returnHeaders: true }))
  } catch (error) {
    if (!(error instanceof AuthRefusal)) throw error
    throw toSecondRefusal(error)
  }
}

function toSecondRefusal({ reason }: AuthRefusal): AppError {
  if (reason === 'ACCOUNT_TEMPORARILY_LOCKED')
    return new AppError('rate_limited', 'Too many wrong codes; try again later', {}, { retryAfterSeconds: 900 })
  if (reason === 'INVALID_CODE' || reason === 'INVALID_BACKUP_CODE') return wrongCode()
  return refusal('unauthorized', 'start_again', 'Sign in again from the beginning')
}

function wrongCode(): AppError {
  return refusal('unauthorized', 'wrong_code', 'The code is wrong')
}

const withKey = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-in/key',
  input: z.strictObject({ key: z.string().min(1).max(512) }),
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const keyHash = hashSecretKey(call.input.key)
    const actor = await context.findKeyActor(keyHash, call.ip)
    if (actor.kind !== 'key' || actor.type !== 'read_only')
      throw refusal('forbidden', 'no_read_only_key', 'Only a read-only key opens a session')
    return { data: SIGNED_IN, cookies: await startKeySession(context, call, keyHash) }
  },
})

const signOut = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-out',
  input: NoInput,
  run: async (context, call): Promise<IdentityAnswer> => {
    await endSession(context, call)
    return { data: { status: 'signed_out' }, cookies: clearedCookie(context.publicUrl) }
  },
})

export const SIGN_IN_ROUTES: readonly IdentityRoute[] = [options, signIn, secondFactor, withKey, signOut]
