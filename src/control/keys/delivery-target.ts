import { AppError } from '../../domain/app-error.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { endDelivery, findWantedDelivery, type KeyDeliveryRow } from '../../store/queries/key-deliveries.ts'
import { type KeyRow, updateKeyRow } from '../../store/queries/keys.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { requireKey } from './key-access.ts'
import { requireMakeable } from './key-rights.ts'
import { loadDelivery } from './key-rotation-wire.ts'
import { loadKeyChange } from './read-keys.ts'

/** Who is answerable for where secrets go: the member who asks, or the one who made the management key that asks. */
export function setterOf({ access, actor }: ControlContext): string | null {
  return actor.kind === 'management_key' ? actor.creatorUserId : access.userId
}

/** Whether whoever named a target might still have the key's secrets. What the organization itself has named stays. */
export async function isSetterGood(context: ControlContext, key: KeyRow, setBy: string | null): Promise<boolean> {
  if (setBy === null) return true
  const access = await loadMemberAccess(context.tx, key.organization_id, setBy)
  const asSetter = { ...context, access }
  try {
    requireKey(asSetter, 'key:rotate', key)
    await requireMakeable(asSetter, key)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** Takes the target from a key, and with it the rotation by itself: nobody would learn the new secrets. */
export async function endTarget(context: ControlContext, key: KeyRow): Promise<void> {
  const row = await updateKeyRow(context.tx, key.id, endedColumns(context, key))
  context.changed('key', key.hash)
  const { before, after: wire } = await loadKeyChange(key, row, context)
  const after = { ...wire, ended_deliver: row.ended_deliver }
  context.audit({ resource: 'key', id: key.hash, workspaceId: key.workspace_id, before, after })
}

/** Whether a delivery is to be attempted: that of a present secret, to where somebody sends it who may. Ends it where they may no
 *  more, and the target that is kept with the key if it is theirs. */
export async function admitDelivery(context: ControlContext, id: string): Promise<boolean> {
  const wanted = await findWantedDelivery(context.tx, id)
  if (wanted === undefined || (await isSetterGood(context, wanted.key, wanted.delivery.set_by))) {
    context.didNothing()
    return wanted !== undefined
  }
  await callOff(context, wanted)
  return false
}

async function callOff(
  context: ControlContext,
  { delivery, key }: { delivery: KeyDeliveryRow; key: KeyRow },
): Promise<void> {
  const before = await loadDelivery(key, context)
  await endDelivery(context.tx, delivery.id, { status: 'failed', failure: reasonOf(delivery.set_by) }, context.now)
  const isKept = key.sealed_deliver !== null && !(await isSetterGood(context, key, key.deliver_set_by))
  const row = isKept ? await updateKeyRow(context.tx, key.id, endedColumns(context, key)) : key
  context.changed('key', key.hash)
  const after = { ...(await loadDelivery(key, context)), ...(isKept ? { ended_deliver: row.ended_deliver } : {}) }
  context.audit({ resource: 'key_delivery', id: key.hash, workspaceId: key.workspace_id, before, after })
}

function endedColumns({ now }: ControlContext, key: KeyRow) {
  const { deliver_destination: destination, deliver_set_by: setBy, deliver_type: type } = key
  const ended = { type, destination, ended_at: toIso(now), reason: reasonOf(setBy) }
  return {
    deliver_type: null,
    deliver_destination: null,
    sealed_deliver: null,
    deliver_set_by: null,
    rotate_every_days: null,
    next_rotation_at: null,
    ended_deliver: JSON.stringify(ended),
    updated_at: toIso(now),
  }
}

function reasonOf(setBy: string | null): string {
  return `${setBy}, who named this target, may not rotate the key any more`
}
