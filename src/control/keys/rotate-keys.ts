import type { KEY_ROTATION_OPERATIONS } from '../../contract/management/key-rotation.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../platform/secret-key.ts'
import { getRotatableKey, replaceSecret } from '../../store/queries/key-rotation.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { isWorkspaceAlive } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireKey } from './key-access.ts'
import { requireRightful } from './key-rights.ts'
import { loadKeyWire } from './read-keys.ts'

type RotateKeys = (typeof KEY_ROTATION_OPERATIONS)['rotateKeys']

/** The row stays the key: what counts, limits and names it goes on. What was disabled, expired or deleted lives again, but not
 *  by its old secret. */
export const handleRotateKeys: HandlerOf<RotateKeys, ControlContext> = async (input, context) => {
  const { now, tx } = context
  const current = await getRotatableKey(tx, organizationOf(context), input.hash, now)
  requireKey(context, 'key:rotate', current)
  await requireRotatable(current, context)
  const secret = newSecretKey()
  const overlapMs = isAlive(current, now) ? (input.overlap_seconds ?? 0) * 1_000 : 0
  const before = await loadKeyWire(current, context)
  const row = await replaceSecret(tx, current, {
    hash: hashSecretKey(secret),
    label: maskSecretKey(secret),
    overlapMs,
    now,
    changes: { disabled: false, deleted_at: null, ...renewedExpiry(current, now) },
  })
  context.changed('key', current.hash)
  context.changed('key', row.hash)
  const data = await loadKeyWire(row, context)
  context.audit({ resource: 'key', id: row.hash, workspaceId: row.workspace_id, before, after: data })
  return { data, key: secret, previous_valid_until: overlapMs === 0 ? null : toIso(now + overlapMs) }
}

/** Whoever rotates a key learns its secret: it must be one that they might have made. */
async function requireRotatable(key: KeyRow, context: ControlContext): Promise<void> {
  if (key.is_bootstrap) {
    throw new AppError('invalid_request', 'This key comes from SWITCHYARD_MANAGEMENT_KEY; change the variable instead')
  }
  if (key.workspace_id !== null && !(await isWorkspaceAlive(context.tx, key.workspace_id))) {
    throw new AppError('invalid_request', 'hash: the workspace of this key was deleted')
  }
  if (key.creator_user_id !== null) {
    const roles = await findOrganizationRoles(context.tx, organizationOf(context), [key.creator_user_id])
    if (!roles.has(key.creator_user_id))
      throw new AppError('invalid_request', 'hash: the member whose key this was has left the organization')
  }
  await requireRightful(context, {
    type: key.type,
    workspaceId: key.workspace_id,
    ownerUserId: key.creator_user_id,
    permissions: key.permissions,
    allowedModels: key.allowed_models,
    // It may have been deleted since; that is no matter here.
    projectId: null,
    isReadOnly: key.read_only,
    isHidden: key.hidden,
    expiresAt: key.expires_at,
  })
}

function isAlive(key: KeyRow, now: number): boolean {
  return !key.disabled && key.deleted_at === null && (key.expires_at === null || key.expires_at > now)
}

/** An expired key gets as long again as it had. */
function renewedExpiry({ created_at, expires_at }: KeyRow, now: number): { expires_at?: string } {
  if (expires_at === null || expires_at > now) return {}
  return { expires_at: toIso(now + expires_at - created_at) }
}
