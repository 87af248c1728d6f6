import type { KeyDeliveryWire } from '../../contract/management/key-delivery.ts'
import type { KEY_ROTATION_OPERATIONS } from '../../contract/management/key-rotation.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { getRotatableKey } from '../../store/queries/key-rotation.ts'
import { getLiveKey, type KeyRow } from '../../store/queries/keys.ts'
import { isWorkspaceAlive } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { endTarget, isSetterGood, setterOf } from './delivery-target.ts'
import { requireKey } from './key-access.ts'
import { requireMakeable, requireOwnerPresent } from './key-rights.ts'
import { loadDelivery } from './key-rotation-wire.ts'
import { loadKeyChange } from './read-keys.ts'
import { isAlive, type Rotated, rotateSecret, type Target, type WantedRotation } from './rotate-secret.ts'
import { openStoredTarget } from './rotation-plan.ts'

type RotateKeys = (typeof KEY_ROTATION_OPERATIONS)['rotateKeys']

/** The row stays the key: what counts, limits and names it goes on. */
export const handleRotateKeys: HandlerOf<RotateKeys, ControlContext> = async (input, context) => {
  const { now, tx } = context
  const current = await getRotatableKey(tx, organizationOf(context), input.hash, now)
  requireKey(context, 'key:rotate', current)
  await requireRotatable(current, context)
  const target = await targetOf(input, current, context)
  const { data, delivery, rotated } = await rotate(context, current, { overlapSeconds: input.overlap_seconds, target })
  const until = rotated.previousValidUntil
  return {
    data,
    ...(target === undefined ? { key: rotated.secret } : {}),
    previous_valid_until: until === null || until === undefined ? null : toIso(until),
    delivery,
  }
}

/** What the process does by itself when the next secret of a key is due. Whoever comes second finds the hash gone. */
export async function rotateDueKey(context: ControlContext, hash: string): Promise<void> {
  const current = await getLiveKey(context.tx, organizationOf(context), hash)
  const isDue = current.next_rotation_at !== null && current.next_rotation_at <= context.now
  const to = await openStoredTarget(context, current)
  if (!isDue || !isAlive(current, context.now) || to === undefined) return context.didNothing()
  const setBy = current.deliver_set_by
  if (!(await isSetterGood(context, current, setBy))) return await endTarget(context, current)
  await rotate(context, current, { overlapSeconds: undefined, target: { to, setBy } })
}

async function rotate(
  context: ControlContext,
  current: KeyRow,
  wanted: WantedRotation,
): Promise<{
  rotated: Rotated
  data: Awaited<ReturnType<typeof loadKeyChange>>['after']
  delivery: KeyDeliveryWire | null
}> {
  const rotated = await rotateSecret(context, current, wanted)
  const { row } = rotated
  const { before, after: data } = await loadKeyChange(current, row, context)
  const delivery = wanted.target === undefined ? null : await loadDelivery(row, context)
  const after = delivery === null ? data : { ...data, delivery }
  context.audit({ resource: 'key', id: row.hash, workspaceId: row.workspace_id, before, after })
  return { rotated, data, delivery }
}

async function targetOf(
  { deliver }: InputOf<RotateKeys>,
  key: KeyRow,
  context: ControlContext,
): Promise<Target | undefined> {
  if (deliver === undefined) return undefined
  if (deliver.type !== 'stored') return { to: deliver, setBy: setterOf(context) }
  const stored = await openStoredTarget(context, key)
  if (stored === undefined)
    throw new AppError('invalid_request', 'deliver: this key has no target that is kept with it')
  const setBy = key.deliver_set_by
  if (await isSetterGood(context, key, setBy)) return { to: stored, setBy }
  throw new AppError(
    'invalid_request',
    `deliver: ${setBy}, who named the target of this key, may not rotate it any more`,
  )
}

/** Whoever rotates a key, or says where its secrets go, learns them: it must be one that they might have made. */
export async function requireRotatable(key: KeyRow, context: ControlContext): Promise<void> {
  if (key.is_bootstrap) {
    throw new AppError('invalid_request', 'This key comes from SWITCHYARD_MANAGEMENT_KEY; change the variable instead')
  }
  if (key.workspace_id !== null && !(await isWorkspaceAlive(context.tx, key.workspace_id))) {
    throw new AppError('invalid_request', 'hash: the workspace of this key was deleted')
  }
  await requireOwnerPresent(context, key, 'hash')
  await requireMakeable(context, key)
}
