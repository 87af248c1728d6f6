import type { KeyDeliveryWire } from '../../contract/management/key-delivery.ts'
import type { KeyRotationWire } from '../../contract/management/key-rotation.ts'
import { findNewestDelivery, type KeyDeliveryState } from '../../store/queries/key-deliveries.ts'
import { listLivingSecrets } from '../../store/queries/key-rotation.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { planToWire } from './key-wire.ts'

export async function loadKeyRotation(row: KeyRow, context: ControlContext): Promise<KeyRotationWire> {
  const secrets = await listLivingSecrets(context.tx, row.id, context.now)
  return {
    hash: row.hash,
    leaked_at: isoOrNull(row.leaked_at),
    ...planToWire(row),
    ended_deliver: row.ended_deliver,
    delivery: await loadDelivery(row, context),
    previous_secrets: secrets.map(({ hash, validUntil }) => ({ hash, valid_until: isoOrNull(validUntil) })),
  }
}

/** The newest delivery of a key. */
export async function loadDelivery(row: Pick<KeyRow, 'id'>, context: ControlContext): Promise<KeyDeliveryWire | null> {
  const delivery = await findNewestDelivery(context.tx, row.id)
  return delivery === undefined ? null : deliveryToWire(delivery)
}

function deliveryToWire(delivery: KeyDeliveryState): KeyDeliveryWire {
  return {
    id: delivery.id,
    status: delivery.status,
    type: delivery.type,
    destination: delivery.destination,
    attempts: delivery.attempts,
    last_error: delivery.lastError,
    next_attempt_at: isoOrNull(delivery.nextAttemptAt),
    created_at: toIso(delivery.created_at),
    ended_at: isoOrNull(delivery.ended_at),
  }
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : toIso(at)
}
