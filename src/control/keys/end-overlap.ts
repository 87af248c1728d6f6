import type { KEY_ROTATION_OPERATIONS } from '../../contract/management/key-rotation.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { endDelivery, findNewestDelivery } from '../../store/queries/key-deliveries.ts'
import { endSecrets } from '../../store/queries/key-rotation.ts'
import { getLiveKey, type KeyRow } from '../../store/queries/keys.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireKey } from './key-access.ts'
import { loadDelivery, loadKeyRotation } from './key-rotation-wire.ts'

type Operations = typeof KEY_ROTATION_OPERATIONS

export const handleGetKeyRotation: HandlerOf<Operations['getKeyRotation'], ControlContext> = async (input, context) => {
  const key = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:read', key)
  return { data: await loadKeyRotation(key, context) }
}

/** Whoever knows that nobody uses the earlier secrets any more needs not wait. */
export const handleEndKeyOverlap: HandlerOf<Operations['endKeyOverlap'], ControlContext> = async (input, context) => {
  const key = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:rotate', key)
  const ended = await endOverlap(context, key)
  return { data: await loadKeyRotation(key, context), ended }
}

/** What the process does by itself when a secret that was delivered is used: the ones before it are needed no more. */
export async function endOverlapOnUse(context: ControlContext, hash: string): Promise<void> {
  const key = await getLiveKey(context.tx, organizationOf(context), hash)
  const delivery = await findNewestDelivery(context.tx, key.id)
  if (delivery?.status !== 'delivered' || delivery.hash !== hash) return context.didNothing()
  await endOverlap(context, key, delivery.id)
}

/** What the process does by itself when a delivery has arrived: from now on the overlap counts. Or when it is given up: then
 *  the secrets before stay good until a person decides. */
export async function settleDelivery(
  context: ControlContext,
  { id, status }: { id: string; status: 'delivered' | 'failed' },
): Promise<void> {
  const { now, tx } = context
  const delivery = await endDelivery(tx, id, { status }, now)
  if (delivery === undefined) return context.didNothing()
  const { hash, key_id, overlap_seconds, workspace_id } = delivery
  if (status === 'delivered') await endSecrets(tx, key_id, toIso(now + overlap_seconds * 1_000), id)
  context.changed('key', hash)
  const after = await loadDelivery({ id: key_id }, context)
  const before = { ...after, status: 'pending', ended_at: null }
  context.audit({ resource: 'key_delivery', id: hash, workspaceId: workspace_id, before, after })
}

async function endOverlap(context: ControlContext, key: KeyRow, deliveryId?: string): Promise<number> {
  const before = await loadKeyRotation(key, context)
  const ended = await endSecrets(context.tx, key.id, toIso(context.now), deliveryId)
  context.changed('key', key.hash)
  const after = await loadKeyRotation(key, context)
  context.audit({ resource: 'key', id: key.hash, workspaceId: key.workspace_id, before, after })
  return ended.length
}
