import type { deleteKeys, updateKeys } from '../../contract/management/keys.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd } from '../../domain/money.ts'
import { getLiveKey, updateKeyRow } from '../../store/queries/keys.ts'
import { isWorkspaceAlive } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireKey } from './key-access.ts'
import { loadKeyWire } from './read-keys.ts'

export const handleUpdateKeys: HandlerOf<typeof updateKeys, ControlContext> = async (input, context) => {
  const current = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:update', current)
  if (input.disabled === false && current.workspace_id !== null)
    await requireWorkspaceAlive(current.workspace_id, context)
  const { hash: _hash, limit, ...changes } = input
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const row = await updateKeyRow(context.tx, current.id, {
    ...given,
    ...(limit === undefined ? {} : { limit_nano: limit === null ? null : fromUsd(limit) }),
    updated_at: toIso(context.now),
  })
  context.changed('key', row.hash)
  const before = await loadKeyWire(current, context)
  const data = await loadKeyWire(row, context)
  context.audit({ resource: 'key', id: row.hash, workspaceId: row.workspace_id, before, after: data })
  return { data }
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

/** The keys of the Default workspace are disabled for good when it is deleted. */
async function requireWorkspaceAlive(workspaceId: string, context: ControlContext): Promise<void> {
  if (await isWorkspaceAlive(context.tx, workspaceId)) return
  throw new AppError('invalid_request', 'disabled: the workspace of this key was deleted')
}
