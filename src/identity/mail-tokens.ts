import { randomBytes } from 'node:crypto'
import type { IdentityContext } from './identity-context.ts'

const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/

type Purpose = 'sign-up' | 'email-change' | 'passkey' | 'oidc'

/** A token for a link or a challenge; what it stands for is kept under its hash until it is used or `ttlMs` are over. */
export async function issueToken(
  { clock, loadAuth }: IdentityContext,
  purpose: Purpose,
  value: Readonly<Record<string, unknown>>,
  ttlMs: number,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const { internalAdapter } = await (await loadAuth()).$context
  await internalAdapter.createVerificationValue({
    identifier: `${purpose}:${token}`,
    value: JSON.stringify(value),
    expiresAt: new Date(clock.now() + ttlMs),
  })
  return token
}

/** What a token stands for, once; undefined when it is unknown, used or too old. */
export async function takeToken(
  { clock, loadAuth }: IdentityContext,
  purpose: Purpose,
  token: string,
): Promise<Record<string, unknown> | undefined> {
  if (!TOKEN.test(token)) return undefined
  const { internalAdapter } = await (await loadAuth()).$context
  const found = await internalAdapter.consumeVerificationValue(`${purpose}:${token}`)
  if (found === null || found.expiresAt.getTime() <= clock.now()) return undefined
  return JSON.parse(found.value) as Record<string, unknown>
}
