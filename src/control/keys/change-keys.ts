import type { Updateable } from 'kysely'
import type { deleteKeys, updateKeys } from '../../contract/management/keys.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd } from '../../domain/money.ts'
import { getLiveKey, type KeyRow, updateKeyRow } from '../../store/queries/keys.ts'
import { isWorkspaceAlive } from '../../store/queries/workspaces.ts'
import { type ApiKeyTable, toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { memberRateLimit } from '../members/member-rate-limit.ts'
import { readIpRanges } from '../read-ip-ranges.ts'
import { requireKey } from './key-access.ts'
import { requireOwnerPresent, requireRightful } from './key-rights.ts'
import { loadKeyChange, loadKeyWire } from './read-keys.ts'
import { requireRotatable } from './rotate-keys.ts'
import { isAboutPlan, rotationPlanColumns } from './rotation-plan.ts'

export const handleUpdateKeys: HandlerOf<typeof updateKeys, ControlContext> = async (input, context) => {
  const current = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:update', current)
  if (input.disabled === false) await requireRevivable(current, context)
  await requireRightfulChange(input, current, context)
  const plan = await planOf(input, current, context)
  const { hash: _hash, limit, allowed_ips: ips, rate_limit_rpm: _rpm, deliver: _deliver, ...changes } = input
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const row = await updateKeyRow(context.tx, current.id, {
    ...given,
    ...(limit === undefined ? {} : { limit_nano: limit === null ? null : fromUsd(limit) }),
    ...(await rateColumn(input, current, context)),
    ...(ips === undefined ? {} : { allowed_ips: readIpRanges(ips) }),
    ...(isOtherType(input, current) && input.permissions === undefined ? { permissions: null } : {}),
    ...plan,
    updated_at: toIso(context.now),
  })
  context.changed('key', row.hash)
  const change = await loadKeyChange(current, row, context)
  context.audit({ resource: 'key', id: row.hash, workspaceId: row.workspace_id, ...change })
  return { data: change.after }
}

export const handleDeleteKeys: HandlerOf<typeof deleteKeys, ControlContext> = async (input, context) => {
  const key = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:delete', key)
  if (key.is_bootstrap) {
    throw new AppError(
      'invalid_request',
      'This key comes from SWITCHYARD_MANAGEMENT_KEY and would be back at the next start; unset the variable instead',
    )
  }
  await updateKeyRow(context.tx, key.id, { deleted_at: toIso(context.now), disabled: true })
  context.changed('key', key.hash)
  const before = await loadKeyWire(key, context)
  context.audit({ resource: 'key', id: key.hash, workspaceId: key.workspace_id, before })
  return { deleted: true }
}

/** A team key that becomes another one doesn't leave the rate of its member's role behind. */
async function rateColumn(
  input: Changes,
  current: KeyRow,
  context: ControlContext,
): Promise<{ rate_limit_rpm?: number | null }> {
  const { workspace_id: workspaceId, creator_user_id: ownerUserId, rate_limit_rpm } = current
  const asked = input.rate_limit_rpm
  if (asked === undefined && (rate_limit_rpm !== null || !isOtherType(input, current))) return {}
  const type = input.type ?? current.type
  return { rate_limit_rpm: await memberRateLimit(context, { type, workspaceId, ownerUserId }, asked) }
}

/** Who says where secrets go might as well rotate. */
async function planOf(input: Changes, current: KeyRow, context: ControlContext): Promise<Updateable<ApiKeyTable>> {
  if (!isAboutPlan(input)) return {}
  requireKey(context, 'key:rotate', current)
  if (input.deliver || input.rotate_every_days) await requireRotatable(current, context)
  return await rotationPlanColumns(context, current, input)
}

type Changes = InputOf<typeof updateKeys>

const RIGHTS = ['type', 'permissions', 'allowed_models', 'allowed_ips', 'project_id', 'read_only'] as const

/** What the key may is checked whole, as it would be after the change. */
async function requireRightfulChange(input: Changes, current: KeyRow, context: ControlContext): Promise<void> {
  if (RIGHTS.every((name) => input[name] === undefined)) return
  const { actor } = context
  if ((actor.kind === 'key' || actor.kind === 'management_key') && actor.keyId === current.id)
    throw new AppError('forbidden', 'A key cannot change what it may itself')
  const type = input.type ?? current.type
  if ((type === 'management') !== (current.type === 'management'))
    throw new AppError('invalid_request', 'type: a management key stays one, and no other key becomes one')
  const inherited = isOtherType(input, current) ? null : current.permissions
  await requireRightful(context, {
    type,
    workspaceId: current.workspace_id,
    ownerUserId: current.creator_user_id,
    permissions: input.permissions === undefined ? inherited : input.permissions,
    allowedModels: input.allowed_models === undefined ? current.allowed_models : input.allowed_models,
    projectId: input.project_id ?? null,
    isReadOnly: input.read_only ?? current.read_only,
    isHidden: current.hidden,
    expiresAt: current.expires_at,
  })
}

function isOtherType({ type }: Changes, current: KeyRow): boolean {
  return type !== undefined && type !== current.type
}

/** The keys of the Default workspace are disabled for good when it is deleted, those of a member when they leave, and a secret
 *  that strangers know is. */
async function requireRevivable(key: KeyRow, context: ControlContext): Promise<void> {
  const { leaked_at, workspace_id } = key
  if (leaked_at !== null)
    throw new AppError('invalid_request', 'disabled: this key was reported as leaked; rotate it to use it again')
  if (workspace_id !== null && !(await isWorkspaceAlive(context.tx, workspace_id)))
    throw new AppError('invalid_request', 'disabled: the workspace of this key was deleted')
  await requireOwnerPresent(context, key, 'disabled')
}
