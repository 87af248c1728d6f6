import { createHash, timingSafeEqual } from 'node:crypto'
import type { OAUTH_OPERATIONS } from '../../contract/management/oauth.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../platform/secret-key.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { type AuthCodeRow, lockUnusedAuthCode, markAuthCodeUsed } from '../../store/queries/auth-codes.ts'
import { insertKey } from '../../store/queries/keys.ts'
import { findKeyRateLimit } from '../../store/queries/members.ts'
import { isWorkspaceAlive } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'

type ExchangeCode = (typeof OAUTH_OPERATIONS)['exchangeAuthCodeForAPIKey']

/** Once for each code. One answer for whatever is wrong with it, but that it is too old. */
export const handleExchangeAuthCode: HandlerOf<ExchangeCode, ControlContext> = async (input, context) => {
  const { now, tx } = context
  const code = await lockUnusedAuthCode(tx, hashSecretKey(input.code))
  if (code === undefined) throw invalidCode()
  requireSameMethod(input, code)
  if (!isVerified(input.code_verifier, code) || !isOfSameClient(input.client_id, code)) throw invalidCode()
  if (code.expires_at <= now) throw new AppError('forbidden', 'Authorization code expired')
  if (!(await isStillGiven(code, context))) throw invalidCode()
  await markAuthCodeUsed(tx, code.code_hash, now)
  const secret = newSecretKey()
  const row = await insertKey(tx, {
    hash: hashSecretKey(secret),
    organization_id: code.organization_id,
    workspace_id: code.workspace_id,
    type: code.key_type,
    permissions: code.key_permissions,
    name: code.key_label,
    label: maskSecretKey(secret),
    limit_nano: code.limit_nano,
    limit_reset: code.limit_reset,
    rate_limit_rpm: await rateLimitOf(code, context),
    expires_at: code.key_expires_at === null ? null : toIso(code.key_expires_at),
    creator_user_id: code.creator_user_id,
    external_user: null,
    is_of_client: code.client_hash !== null,
    created_at: toIso(now),
  })
  context.changed('key', row.hash, code.organization_id)
  context.audit({
    resource: 'key',
    id: row.hash,
    workspaceId: code.workspace_id,
    organizationId: code.organization_id,
    after: { name: row.name, label: row.label, creator_user_id: row.creator_user_id, callback_url: code.callback_url },
  })
  return { key: secret, user_id: code.creator_user_id }
}

function requireSameMethod(input: InputOf<ExchangeCode>, code: AuthCodeRow): void {
  const { code_challenge_method: named } = input
  if (named === undefined || named === null || named === code.code_challenge_method) return
  throw new AppError('invalid_request', 'Invalid code_challenge_method')
}

function isVerified(verifier: string | undefined, code: AuthCodeRow): boolean {
  if (code.code_challenge === null) return verifier === undefined
  if (verifier === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const given = code.code_challenge_method === 'S256' ? digest(verifier).toString('base64url') : verifier
  return timingSafeEqual(digest(given), digest(code.code_challenge))
}

/** Somebody else's client has no use for a code that it got hold of. */
function isOfSameClient(clientId: string | undefined, { client_hash }: AuthCodeRow): boolean {
  return (clientId === undefined ? null : hashSecretKey(clientId)) === client_hash
}

/** Whoever approved may have lost the right to make keys since. */
async function isStillGiven(code: AuthCodeRow, { tx }: ControlContext): Promise<boolean> {
  if (!(await isWorkspaceAlive(tx, code.workspace_id))) return false
  if (code.creator_user_id === null) return true
  const access = await loadMemberAccess(tx, code.organization_id, code.creator_user_id)
  const needed = ['key:create', 'inference'] as const
  return needed.every((permission) => reachIn(access, permission, code.workspace_id) !== undefined)
}

/** As for every key that a member makes. */
async function rateLimitOf(
  { creator_user_id: ownerUserId, workspace_id: workspaceId }: AuthCodeRow,
  { tx }: ControlContext,
): Promise<number | null> {
  return ownerUserId === null ? null : await findKeyRateLimit(tx, workspaceId, ownerUserId)
}

function invalidCode(): AppError {
  return new AppError('forbidden', 'Invalid code or code_verifier')
}
