import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { findPasskey, noteUse, type PasskeyRow } from '../store/queries/passkeys.ts'
import type { Person } from '../store/queries/people.ts'
import type { IdentityContext } from './identity-context.ts'
import { issueToken, takeToken } from './mail-tokens.ts'

/*
 * The two ceremonies of WebAuthn. A challenge is a token of ours: it is good once, for some minutes, and for the ceremony and
 * the person it was made for. The device has checked who holds it (user verification), so that a passkey is both factors.
 * Source: W3C Web Authentication Level 3, 7.1 and 7.2.
 */

const CEREMONY_MS = 300_000
const DISPLAY_NAME = 'Switchyard'

export interface MadePasskey {
  id: string
  public_key: string
  counter: bigint
  transports: string[]
  is_synced: boolean
}

export async function registrationOptions(
  context: IdentityContext,
  person: Person,
  existing: readonly PasskeyRow[],
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await loadWebAuthn()
  return await generateRegistrationOptions({
    rpName: DISPLAY_NAME,
    rpID: hostOf(context),
    userName: person.email,
    userID: new Uint8Array(Buffer.from(person.id)),
    challenge: await challengeFor(context, { ceremony: 'register', userId: person.id }),
    timeout: CEREMONY_MS,
    attestationType: 'none',
    excludeCredentials: existing.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** The passkey that a browser has made for somebody; undefined when it isn't one that was asked for. */
export async function readRegistration(
  context: IdentityContext,
  userId: string,
  response: RegistrationResponseJSON,
): Promise<MadePasskey | undefined> {
  const { verifyRegistrationResponse } = await loadWebAuthn()
  const verified = await orUndefined(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => isChallenge(context, challenge, { ceremony: 'register', userId }),
      expectedOrigin: new URL(context.publicUrl).origin,
      expectedRPID: hostOf(context),
      requireUserVerification: true,
    }),
  )
  if (verified?.verified !== true) return undefined
  const { credential, credentialBackedUp } = verified.registrationInfo
  return {
    id: credential.id,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: BigInt(credential.counter),
    transports: [...(credential.transports ?? [])],
    is_synced: credentialBackedUp,
  }
}

export async function signInOptions(context: IdentityContext): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await loadWebAuthn()
  return await generateAuthenticationOptions({
    rpID: hostOf(context),
    challenge: await challengeFor(context, { ceremony: 'sign-in', userId: null }),
    timeout: CEREMONY_MS,
    userVerification: 'required',
  })
}

/** Whose passkey has answered; undefined when the answer isn't good. */
export async function readSignIn(
  context: IdentityContext,
  response: AuthenticationResponseJSON,
): Promise<string | undefined> {
  const passkey = await findPasskey(context.db, response.id)
  if (passkey === undefined) return undefined
  const { verifyAuthenticationResponse } = await loadWebAuthn()
  const verified = await orUndefined(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => isChallenge(context, challenge, { ceremony: 'sign-in', userId: null }),
      expectedOrigin: new URL(context.publicUrl).origin,
      expectedRPID: hostOf(context),
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: Number(passkey.counter),
        transports: passkey.transports,
      },
    }),
  )
  if (verified?.verified !== true) return undefined
  const use = { counter: verified.authenticationInfo.newCounter, now: context.clock.now() }
  return (await noteUse(context.db, passkey.id, use)) ? passkey.user_id : undefined
}

/** When a passkey is first used: it takes much memory. */
function loadWebAuthn() {
  return import('@simplewebauthn/server')
}

interface Ceremony {
  ceremony: 'register' | 'sign-in'
  userId: string | null
}

async function challengeFor(context: IdentityContext, { ceremony, userId }: Ceremony) {
  const token = await issueToken(context, 'passkey', { ceremony, userId }, CEREMONY_MS)
  return new Uint8Array(Buffer.from(token, 'base64url'))
}

async function isChallenge(context: IdentityContext, challenge: string, wanted: Ceremony): Promise<boolean> {
  const kept = await takeToken(context, 'passkey', challenge)
  return kept !== undefined && kept['ceremony'] === wanted.ceremony && kept['userId'] === wanted.userId
}

/** What a browser sends may be wrong in many ways, each of which is thrown. */
async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch {
    return undefined
  }
}

function hostOf({ publicUrl }: IdentityContext): string {
  return new URL(publicUrl).hostname
}
