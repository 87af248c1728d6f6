import type { OAUTH_OPERATIONS } from '../../contract/management/oauth.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { appNumber } from '../../domain/app-identity.ts'
import { fromUsd } from '../../domain/money.ts'
import { randomAlphanumeric } from '../../platform/ids.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import { insertAuthCode } from '../../store/queries/auth-codes.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireMaker } from '../keys/key-access.ts'
import { requireRightful } from '../keys/key-rights.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'

type CreateCode = (typeof OAUTH_OPERATIONS)['createAuthKeysCode']

const LIFETIME_MS = 600_000
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/

/** Whoever makes the code could make the key: it becomes theirs. */
export const handleCreateAuthKeysCode: HandlerOf<CreateCode, ControlContext> = async (input, context) => {
  const { now } = context
  const app = requireCallback(input.callback_url)
  const challenge = challengeOf(input)
  if (input.expires_at && Date.parse(input.expires_at) <= now)
    throw new AppError('invalid_request', 'expires_at: must be in the future')
  const workspaceId = await workspaceIdOf(input.workspace_id, context)
  const creatorUserId = context.access.userId
  requireMaker(context, workspaceId, creatorUserId)
  const key = input.may_administer === true ? administeringKey(context, workspaceId) : PLAIN_KEY
  await requireRightful(context, {
    ...key,
    workspaceId,
    ownerUserId: creatorUserId,
    allowedModels: null,
    projectId: null,
    isReadOnly: false,
    isHidden: false,
    expiresAt: input.expires_at ?? null,
  })
  const code = `auth_code_${randomAlphanumeric(40)}`
  const label = input.key_label ?? app.host
  await insertAuthCode(context.tx, {
    code_hash: hashSecretKey(code),
    organization_id: organizationOf(context),
    workspace_id: workspaceId,
    creator_user_id: creatorUserId,
    callback_url: input.callback_url,
    ...challenge,
    key_label: label,
    limit_nano: input.limit === undefined ? null : fromUsd(input.limit),
    limit_reset: input.usage_limit_type ?? null,
    key_expires_at: input.expires_at ?? null,
    key_type: key.type,
    key_permissions: key.permissions === null ? null : [...key.permissions],
    client_hash: input.client_id === undefined ? null : hashSecretKey(input.client_id),
    created_at: toIso(now),
    expires_at: toIso(now + LIFETIME_MS),
  })
  const after = {
    callback_url: input.callback_url,
    key_label: label,
    limit: input.limit ?? null,
    key_type: key.type,
    key_permissions: key.permissions,
  }
  context.audit({ resource: 'auth_code', id: hashSecretKey(code), workspaceId, after })
  return { data: { id: code, app_id: appNumber(app.origin) ?? 0, created_at: toIso(now) } }
}

const PLAIN_KEY = { type: 'standard', permissions: null } as const

/** A key that may what its approver may: everywhere where they administer the organization, else in the workspace. */
function administeringKey(
  { access }: ControlContext,
  workspaceId: string,
): { type: 'standard' | 'scoped'; permissions: readonly string[] } {
  if (access.organization.has('organization:update')) return { type: 'standard', permissions: ['*'] }
  const grants = access.workspaces.get(workspaceId)
  return { type: 'scoped', permissions: grants === undefined ? [] : [...grants.keys()] }
}

/** The code is sent to this address: nobody on the way may read it. */
function requireCallback(text: string): URL {
  const url = new URL(text)
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return url
  throw new AppError('invalid_request', 'callback_url: must be https, or http on localhost or 127.0.0.1')
}

function challengeOf({ code_challenge: challenge, code_challenge_method: method }: InputOf<CreateCode>) {
  if (challenge === undefined) {
    if (method === undefined) return { code_challenge: null, code_challenge_method: null }
    throw new AppError('invalid_request', 'code_challenge: required beside code_challenge_method')
  }
  if (method === 'S256' && !S256_CHALLENGE.test(challenge))
    throw new AppError('invalid_request', 'code_challenge: must be a SHA-256 as 43 characters of base64url')
  return { code_challenge: challenge, code_challenge_method: method ?? ('plain' as const) }
}
