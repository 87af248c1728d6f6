import type { Updateable } from 'kysely'
import { DeliverTarget, deliverTargetToWire } from '../../contract/management/key-delivery.ts'
import { AppError } from '../../domain/app-error.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { type ApiKeyTable, toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { setterOf } from './delivery-target.ts'

const DAY_MS = 86_400_000

export interface PlanInput {
  rotate_every_days?: number | null | undefined
  deliver?: DeliverTarget | null | undefined
}

/** The columns of how a key gets new secrets, as far as `input` is about that. By itself only to somewhere: else its users
 *  would be locked out. */
export async function rotationPlanColumns(
  context: ControlContext,
  key: Pick<KeyRow, 'id' | 'rotate_every_days' | 'sealed_deliver'>,
  input: PlanInput,
): Promise<Updateable<ApiKeyTable>> {
  const { deliver, rotate_every_days: days } = input
  requireDelivered(key, input)
  return {
    ...(days === undefined ? {} : { rotate_every_days: days, ...nextRotationAt(days, context.now) }),
    ...(deliver === undefined ? {} : await deliverColumns(context, key.id, deliver)),
  }
}

export function isAboutPlan({ deliver, rotate_every_days: days }: PlanInput): boolean {
  return deliver !== undefined || days !== undefined
}

/** When the next secret is due, for a key that got one now. */
export function nextRotationAt(days: number | null, now: number): { next_rotation_at: string | null } {
  return { next_rotation_at: days === null ? null : toIso(now + days * DAY_MS) }
}

/** The target that is kept with a key. */
export async function openStoredTarget(context: ControlContext, key: KeyRow): Promise<DeliverTarget | undefined> {
  if (key.sealed_deliver === null) return undefined
  return DeliverTarget.parse(JSON.parse(await context.unseal(placeOf(key.id), key.sealed_deliver)))
}

function requireDelivered(key: Pick<KeyRow, 'rotate_every_days' | 'sealed_deliver'>, input: PlanInput): void {
  const days = input.rotate_every_days === undefined ? key.rotate_every_days : input.rotate_every_days
  const isDelivered = input.deliver === undefined ? key.sealed_deliver !== null : input.deliver !== null
  if (days === null || isDelivered) return
  throw new AppError(
    'invalid_request',
    input.deliver === null
      ? 'deliver: is needed as long as rotate_every_days is set'
      : 'rotate_every_days: needs deliver, or nobody would learn the new secrets',
  )
}

async function deliverColumns(
  context: ControlContext,
  keyId: bigint,
  target: DeliverTarget | null,
): Promise<Updateable<ApiKeyTable>> {
  if (target === null)
    return { deliver_type: null, deliver_destination: null, sealed_deliver: null, deliver_set_by: null }
  const { destination, type } = deliverTargetToWire(target)
  const sealed_deliver = await context.seal(placeOf(keyId), JSON.stringify(target))
  return {
    deliver_type: type,
    deliver_destination: destination,
    sealed_deliver,
    deliver_set_by: setterOf(context),
    ended_deliver: null,
  }
}

function placeOf(keyId: bigint) {
  return { table: 'api_key', row: String(keyId), column: 'sealed_deliver' }
}
