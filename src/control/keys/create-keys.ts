import type { createKeys } from '../../contract/management/keys.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd } from '../../domain/money.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../platform/secret-key.ts'
import { isRetiredHash } from '../../store/queries/key-rotation.ts'
import { insertKey, updateKeyRow } from '../../store/queries/keys.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { memberRateLimit } from '../members/member-rate-limit.ts'
import { readIpRanges } from '../read-ip-ranges.ts'
import { requireMaker } from './key-access.ts'
import { requireRightful } from './key-rights.ts'
import { loadKeyWire, workspaceIdOf } from './read-keys.ts'
import { isAboutPlan, rotationPlanColumns } from './rotation-plan.ts'

/** The secret leaves in this answer and is stored nowhere. */
export const handleCreateKeys: HandlerOf<typeof createKeys, ControlContext> = async (input, context) => {
  const organizationId = organizationOf(context)
  const type = input.type ?? 'standard'
  const expiresAt = expiryOf(input, context.now)
  requireSensible(input, type)
  const workspaceId = type === 'management' ? null : await workspaceIdOf(input.workspace_id, context)
  // People own the keys they make unless they say null; a management key's keys are nobody's unless it names somebody.
  const creatorUserId = input.creator_user_id === undefined ? context.access.userId : input.creator_user_id
  if (workspaceId === null) requireInOrganization(context, 'management-key:write')
  else requireMaker(context, workspaceId, creatorUserId)
  await requireMember(input.creator_user_id, context)
  const rights = rightsOf(input)
  await requireRightful(context, {
    type,
    workspaceId,
    ownerUserId: creatorUserId,
    permissions: rights.permissions,
    allowedModels: rights.allowed_models,
    projectId: rights.project_id,
    isReadOnly: rights.read_only,
    isHidden: rights.hidden,
    expiresAt,
  })
  const secret = input.external?.api_key ?? newSecretKey()
  if (await isRetiredHash(context.tx, hashSecretKey(secret)))
    throw new AppError('invalid_request', 'external.api_key: this key is already in use')
  const made = await insertKey(context.tx, {
    hash: hashSecretKey(secret),
    organization_id: organizationId,
    workspace_id: workspaceId,
    type,
    name: input.name,
    label: maskSecretKey(secret),
    limit_nano: input.limit === null || input.limit === undefined ? null : fromUsd(input.limit),
    limit_reset: input.limit_reset ?? null,
    include_byok_in_limit: input.include_byok_in_limit ?? false,
    rate_limit_rpm: await memberRateLimit(
      context,
      { type, workspaceId, ownerUserId: creatorUserId },
      input.rate_limit_rpm,
    ),
    concurrency_limit: input.concurrency_limit ?? null,
    expires_at: expiresAt,
    ...rights,
    creator_user_id: creatorUserId,
    external_user: input.external?.user ?? null,
    created_at: toIso(context.now),
  })
  const plan = await rotationPlanColumns(context, made, input)
  const row = isAboutPlan(input) ? await updateKeyRow(context.tx, made.id, plan) : made
  context.changed('key', row.hash)
  const data = await loadKeyWire(row, context)
  context.audit({ resource: 'key', id: row.hash, workspaceId, after: data })
  return { data, key: secret }
}

/** The columns of what the key may. */
function rightsOf(input: InputOf<typeof createKeys>) {
  return {
    permissions: input.permissions ?? null,
    allowed_models: input.allowed_models ?? null,
    allowed_ips: readIpRanges(input.allowed_ips) ?? null,
    project_id: input.project_id ?? null,
    read_only: input.read_only ?? false,
    hidden: input.hidden ?? false,
  }
}

/** ISO 8601, or null for never. */
function expiryOf(input: InputOf<typeof createKeys>, now: number): string | null {
  const { expires_at: at, ttl_seconds: ttl } = input
  if (ttl === undefined) {
    if (at && Date.parse(at) <= now) throw new AppError('invalid_request', 'expires_at: must be in the future')
    return at ?? null
  }
  if (at) throw new AppError('invalid_request', 'ttl_seconds: stands in place of expires_at, not beside it')
  return toIso(now + ttl * 1_000)
}

function requireSensible(input: InputOf<typeof createKeys>, type: string): void {
  if (type === 'management' && input.workspace_id) {
    throw new AppError(
      'invalid_request',
      'workspace_id: a management key belongs to the organization, not to a workspace',
    )
  }
}

async function requireMember(userId: string | null | undefined, context: ControlContext): Promise<void> {
  if (!userId) return
  const roles = await findOrganizationRoles(context.tx, organizationOf(context), [userId])
  if (!roles.has(userId)) {
    throw new AppError('invalid_request', `creator_user_id: ${userId} is not a member of the organization`)
  }
}
