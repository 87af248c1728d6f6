import { type DeliverTarget, deliverTargetToWire } from '../../contract/management/key-delivery.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../platform/secret-key.ts'
import { insertKeyDelivery } from '../../store/queries/key-deliveries.ts'
import { replaceSecret } from '../../store/queries/key-rotation.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { nextRotationAt } from './rotation-plan.ts'

/** The job that carries new secrets to where they are read. */
export const KEY_DELIVERY_KIND = 'key_secret'

/** A receiver has that long to make its users read the new secret. */
const OVERLAP_SECONDS_AFTER_DELIVERY = 86_400

export interface Rotated {
  row: KeyRow
  secret: string
  /** Null: the secret before works no more. Undefined: that is decided by the delivery. */
  previousValidUntil: number | null | undefined
}

export interface WantedRotation {
  overlapSeconds: number | undefined
  target: Target | undefined
}

/** Where a new secret goes, and who has said so: null is the organization itself. */
export interface Target {
  to: DeliverTarget
  setBy: string | null
}

/**
 * Gives a key its next secret, for the caller or for `target`. What was disabled, expired or deleted lives again, but not by
 * its old secret. With a target the secrets before stay good until the delivery has arrived: only then does the overlap
 * begin, so that no failure on the way leaves anybody without a secret.
 */
export async function rotateSecret(context: ControlContext, current: KeyRow, wanted: WantedRotation): Promise<Rotated> {
  const { now, tx } = context
  const secret = newSecretKey()
  const { target } = wanted
  const overlapSeconds = wanted.overlapSeconds ?? (target === undefined ? 0 : OVERLAP_SECONDS_AFTER_DELIVERY)
  const known = isAlive(current, now) ? overlapSeconds * 1_000 : 0
  const overlapMs = target !== undefined && isAlive(current, now) ? undefined : known
  const row = await replaceSecret(tx, current, {
    hash: hashSecretKey(secret),
    label: maskSecretKey(secret),
    overlapMs,
    now,
    changes: {
      disabled: false,
      deleted_at: null,
      leaked_at: null,
      ...renewedExpiry(current, now),
      ...nextRotationAt(current.rotate_every_days, now),
    },
  })
  if (target !== undefined)
    await queueDelivery(context, { row, previousHash: current.hash, secret, target, overlapSeconds })
  context.changed('key', current.hash)
  context.changed('key', row.hash)
  if (overlapMs === undefined) return { row, secret, previousValidUntil: undefined }
  return { row, secret, previousValidUntil: overlapMs === 0 ? null : now + overlapMs }
}

async function queueDelivery(
  context: ControlContext,
  delivery: { row: KeyRow; previousHash: string; secret: string; target: Target; overlapSeconds: number },
): Promise<void> {
  const { overlapSeconds, previousHash, row, secret, target } = delivery
  const key = {
    id: Number(row.id),
    name: row.name,
    label: row.label,
    hash: row.hash,
    previous_hash: previousHash,
    workspace_id: row.workspace_id,
  }
  const payload = { secret, target: target.to, key }
  const id = await context.queue({ kind: KEY_DELIVERY_KIND, workspaceId: row.workspace_id, payload })
  const place = { organization_id: row.organization_id, workspace_id: row.workspace_id, key_id: row.id, hash: row.hash }
  const entry = {
    id,
    ...place,
    ...deliverTargetToWire(target.to),
    set_by: target.setBy,
    overlap_seconds: overlapSeconds,
  }
  await insertKeyDelivery(context.tx, entry, context.now)
}

export function isAlive(key: KeyRow, now: number): boolean {
  return !key.disabled && key.deleted_at === null && (key.expires_at === null || key.expires_at > now)
}

/** An expired key gets as long again as it had. */
function renewedExpiry({ created_at, expires_at }: KeyRow, now: number): { expires_at?: string } {
  if (expires_at === null || expires_at > now) return {}
  return { expires_at: toIso(now + expires_at - created_at) }
}
