import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'
import { AppError } from '../../domain/app-error.ts'
import { deletePasskey, findPasskey, insertPasskey, listPasskeys } from '../../store/queries/passkeys.ts'
import { countSignInMethods, findPerson } from '../../store/queries/people.ts'
import { toIso } from '../../store/schema.ts'
import { type MemberSession, requireMember, requireRecent, requireSeat, startSession } from '../current-session.ts'
import {
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { readRegistration, readSignIn, registrationOptions, signInOptions } from '../passkey-ceremony.ts'
import { Name, NoInput } from '../route-inputs.ts'

const PASSKEYS_MAX = 20
const Part = z.string().max(20_000)
const Attachment = z.enum(['platform', 'cross-platform']).nullish()

/** As `@simplewebauthn/browser` sends them; what they hold is checked by what verifies them. */
const SignInResponse = z.object({
  id: z.string().min(1).max(2_000),
  rawId: Part,
  type: z.literal('public-key'),
  authenticatorAttachment: Attachment,
  clientExtensionResults: z.record(z.string().max(100), z.unknown()),
  response: z.object({
    clientDataJSON: Part,
    authenticatorData: Part,
    signature: Part,
    userHandle: Part.nullish(),
  }),
})
const RegistrationResponse = z.object({
  id: z.string().min(1).max(2_000),
  rawId: Part,
  type: z.literal('public-key'),
  authenticatorAttachment: Attachment,
  clientExtensionResults: z.record(z.string().max(100), z.unknown()),
  response: z.object({
    clientDataJSON: Part,
    attestationObject: Part,
    transports: z.array(z.string().max(50)).max(20).optional(),
  }),
})

const signInStart = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-in/passkey/options',
  input: NoInput,
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    return { data: { options: await signInOptions(context) } }
  },
})

const signIn = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-in/passkey',
  input: z.strictObject({ response: SignInResponse }),
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const userId = await readSignIn(context, call.input.response as AuthenticationResponseJSON)
    if (userId === undefined) throw refusal('unauthorized', 'wrong_credentials', 'This passkey opens nothing here')
    await requireSeat(context, userId)
    const cookies = await startSession(context, call, { userId, organizationId: null })
    return { data: { status: 'signed_in' }, cookies }
  },
})

const list = identityRoute({
  method: 'GET',
  path: '/auth-api/passkeys',
  input: NoInput,
  run: async (context, call) => {
    const { userId } = await requireMember(context, call)
    const rows = await listPasskeys(context.db, userId)
    return {
      data: rows.map((row) => ({
        id: row.id,
        name: row.name,
        created_at: toIso(row.created_at),
        last_used_at: row.last_used_at === null ? null : toIso(row.last_used_at),
        is_synced: row.is_synced,
      })),
    }
  },
})

const registerStart = identityRoute({
  method: 'POST',
  path: '/auth-api/passkeys/options',
  input: NoInput,
  run: async (context, call) => {
    const { userId } = await requireRecentMember(context, call)
    const person = await findPerson(context.db, userId)
    if (person === undefined) throw new AppError('not_found', 'User not found')
    const existing = await listPasskeys(context.db, userId)
    return { data: { options: await registrationOptions(context, person, existing) } }
  },
})

const register = identityRoute({
  method: 'POST',
  path: '/auth-api/passkeys',
  input: z.strictObject({ name: Name, response: RegistrationResponse }),
  run: async (context, call) => {
    const { sessionId, userId } = await requireRecentMember(context, call)
    const { name, response } = call.input
    if ((await listPasskeys(context.db, userId)).length >= PASSKEYS_MAX)
      throw new AppError('invalid_request', `name: ${PASSKEYS_MAX} passkeys are the most`)
    const made = await readRegistration(context, userId, response as RegistrationResponseJSON)
    if (made === undefined) throw badPasskey()
    await context.control.actOnPerson({
      ...{ action: 'addPasskey', userId, sessionId, origin: call.origin },
      work: async (tx) => {
        const isNew = await insertPasskey(tx, { ...made, name, user_id: userId }, context.clock.now())
        if (!isNew) throw badPasskey()
        return { after: { passkey_id: made.id, name } }
      },
    })
    return { data: { id: made.id, name } }
  },
})

const remove = identityRoute({
  method: 'DELETE',
  path: '/auth-api/passkeys/:id',
  input: z.strictObject({ id: z.string().min(1).max(2_000) }),
  run: async (context, call) => {
    const { sessionId, userId } = await requireRecentMember(context, call)
    const { id } = call.input
    await context.control.actOnPerson({
      ...{ action: 'deletePasskey', userId, sessionId, origin: call.origin },
      work: async (tx) => {
        const passkey = await findPasskey(tx, id)
        if (passkey?.user_id !== userId) throw new AppError('not_found', 'Passkey not found')
        if ((await countSignInMethods(tx, userId)) < 2)
          throw refusal('conflict', 'last_method', 'It is the only way to sign in: choose a password first')
        await deletePasskey(tx, userId, id)
        return { before: { passkey_id: id, name: passkey.name } }
      },
    })
    return { data: { status: 'deleted' } }
  },
})

function badPasskey(): AppError {
  return refusal('invalid_request', 'bad_passkey', 'This is no passkey that was asked for')
}

async function requireRecentMember(context: IdentityContext, call: IdentityCall): Promise<MemberSession> {
  const session = await requireMember(context, call)
  requireRecent(context, session)
  return session
}

export const PASSKEY_ROUTES: readonly IdentityRoute[] = [signInStart, signIn, list, registerStart, register, remove]
