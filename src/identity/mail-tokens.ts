import { createHash, randomBytes } from 'node:crypto'
import { findVerification, insertVerification, takeVerification } from '../store/queries/verifications.ts'
import type { IdentityContext } from './identity-context.ts'

const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/

type Purpose = 'sign-up' | 'email-change' | 'password-reset' | 'passkey' | 'oidc'

/** A token for a link or a challenge; what it stands for is kept under its hash until it is used or `ttlMs` are over. */
export async function issueToken(
  { clock, db }: Pick<IdentityContext, 'clock' | 'db'>,
  purpose: Purpose,
  value: Readonly<Record<string, unknown>>,
  ttlMs: number,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const now = clock.now()
  const kept = { identifier: identifierOf(purpose, token), value: JSON.stringify(value), now, expiresAt: now + ttlMs }
  await insertVerification(db, kept)
  return token
}

/** What a token stands for, once; undefined when it is unknown, used or too old. */
export async function takeToken(
  { clock, db }: Pick<IdentityContext, 'clock' | 'db'>,
  purpose: Purpose,
  token: string,
): Promise<Record<string, unknown> | undefined> {
  if (!TOKEN.test(token)) return undefined
  const value = await takeVerification(db, identifierOf(purpose, token), clock.now())
  return value === undefined ? undefined : (JSON.parse(value) as Record<string, unknown>)
}

/** The same without using it up. */
export async function readToken(
  { clock, db }: Pick<IdentityContext, 'clock' | 'db'>,
  purpose: Purpose,
  token: string,
): Promise<Record<string, unknown> | undefined> {
  if (!TOKEN.test(token)) return undefined
  const value = await findVerification(db, identifierOf(purpose, token), clock.now())
  return value === undefined ? undefined : (JSON.parse(value) as Record<string, unknown>)
}

function identifierOf(purpose: Purpose, token: string): string {
  return createHash('sha256').update(`${purpose}:${token}`).digest('base64url')
}
