import { z } from 'zod'
import { AppError } from '../../domain/app-error.ts'
import { findPersonByEmail, findPersonByIdentity, insertIdentityAt, listSeats } from '../../store/queries/people.ts'
import { startSession } from '../current-session.ts'
import {
  type IdentityAnswer,
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
} from '../identity-context.ts'
import { issueToken, takeToken } from '../mail-tokens.ts'
import { newOidcAttempt, type OidcAnswer, type OidcClient, OidcFailed } from '../oidc-client.ts'
import { attemptCookie, clearedAttemptCookie, findCookie, OIDC_COOKIE } from '../session-cookie.ts'

const ATTEMPT_MS = 600_000
/** A path of ours, and no way to write another host. */
const OWN_PATH = /^\/(?![/\\])[^\\\s]*$/

const Kept = z.object({ verifier: z.string(), nonce: z.string(), returnTo: z.string() })

type Failure = 'no_user' | 'no_organization' | 'refused' | 'start_again' | 'unverified_email' | 'provider_away'

const begin = identityRoute({
  method: 'GET',
  path: '/auth-api/sign-in/oidc',
  input: z.strictObject({ return_to: z.string().max(2_000).regex(OWN_PATH, 'must be a path').default('/') }),
  run: async (context, call) => {
    const client = clientOf(context)
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const attempt = newOidcAttempt()
    const state = await issueToken(context, 'oidc', { ...attempt, returnTo: call.input.return_to }, ATTEMPT_MS)
    try {
      const redirectTo = await client.begin(state, attempt)
      // The same browser must come back: a link with somebody else's code signs nobody in.
      return { redirectTo, cookies: attemptCookie(context.publicUrl, state, ATTEMPT_MS / 1_000) }
    } catch (error) {
      return failed(context, error)
    }
  },
})

const callback = identityRoute({
  method: 'GET',
  path: '/auth-api/sign-in/oidc/callback',
  input: z.looseObject({
    state: z.string().max(200).default(''),
    code: z.string().max(4_000).default(''),
    error: z.string().max(1_000).optional(),
    iss: z.string().max(2_000).optional(),
  }),
  run: async (context, call) => {
    const client = clientOf(context)
    const { code, error, iss, state } = call.input
    const kept = Kept.safeParse(await takeToken(context, 'oidc', state))
    const isSameBrowser = state !== '' && findCookie(call.cookie, OIDC_COOKIE) === state
    if (!kept.success || !isSameBrowser) return toSignIn(context, 'start_again')
    if (error !== undefined || code === '') return toSignIn(context, 'refused')
    try {
      return await signIn(context, call, { client, answer: { code, iss }, kept: kept.data })
    } catch (failure) {
      return failed(context, failure)
    }
  },
})

async function signIn(
  context: IdentityContext,
  call: IdentityCall,
  { client, answer, kept }: { client: OidcClient; answer: OidcAnswer; kept: z.output<typeof Kept> },
): Promise<IdentityAnswer> {
  const identity = await client.finish(answer, kept)
  const { db, clock } = context
  const known = await findPersonByIdentity(db, client.provider, identity.subject)
  if (known === undefined && identity.email === null) return toSignIn(context, 'unverified_email')
  const person = known === undefined ? await findPersonByEmail(db, identity.email ?? '') : { id: known }
  if (person === undefined) return toSignIn(context, 'no_user')
  if ((await listSeats(db, person.id)).length === 0) return toSignIn(context, 'no_organization')
  const { provider } = client
  if (known === undefined)
    await context.control.actOnPerson({
      ...{ action: 'linkIdentity', userId: person.id, sessionId: null, origin: call.origin },
      work: async (tx) => {
        const link = { provider, providerUserId: identity.subject, userId: person.id, now: clock.now() }
        return (await insertIdentityAt(tx, link)) ? { after: { provider } } : undefined
      },
    })
  const cookies = await startSession(context, call, { userId: person.id, organizationId: null })
  return { redirectTo: kept.returnTo, cookies: [...cookies, ...clearedAttemptCookie(context.publicUrl)] }
}

function clientOf({ oidc }: IdentityContext): OidcClient {
  if (oidc === null) throw new AppError('not_found', 'Resource not found')
  return oidc
}

function failed(context: IdentityContext, error: unknown): IdentityAnswer {
  if (!(error instanceof OidcFailed)) throw error
  context.onFailure(error)
  return toSignIn(context, 'provider_away')
}

function toSignIn({ publicUrl }: IdentityContext, reason: Failure): IdentityAnswer {
  return { redirectTo: `/sign-in?error=${reason}`, cookies: clearedAttemptCookie(publicUrl) }
}

export const OIDC_ROUTES: readonly IdentityRoute[] = [begin, callback]
