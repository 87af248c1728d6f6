import { createHash } from 'node:crypto'
import { OAUTH_OPERATIONS } from '../../src/contract/management/oauth.ts'
import { expectAnswer, send } from './request.ts'
import type { RequestOptions } from './request-types.ts'

export const CALLBACK = 'https://app.example.test/callback'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** An authorization code, as the management key unless `as` says otherwise. */
export async function newCode(fields: object = {}, as: RequestOptions = {}): Promise<string> {
  const answer = await send('POST', '/api/v1/auth/keys/code', { ...as, body: { callback_url: CALLBACK, ...fields } })
  return expectAnswer(answer, 200, OAUTH_OPERATIONS.createAuthKeysCode.output).data.id
}

/** The exchange, which needs no key. */
export const exchange = (body: object) => send('POST', '/api/v1/auth/keys', { key: null, body })
