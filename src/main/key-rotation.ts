import type { Config } from '../config/config.ts'
import type { ControlContext } from '../control/context.ts'
import type { Control } from '../control/invoke.ts'
import { admitDelivery } from '../control/keys/delivery-target.ts'
import { endOverlapOnUse, settleDelivery } from '../control/keys/end-overlap.ts'
import { rotateDueKey } from '../control/keys/rotate-keys.ts'
import { KEY_DELIVERY_KIND } from '../control/keys/rotate-secret.ts'
import type { FirstUses } from '../gateway/first-uses.ts'
import { createKeyDelivery } from '../jobs/deliver-key/deliver-key.ts'
import { createUsedOverlaps } from '../jobs/end-used-overlaps.ts'
import { OutboxLoop } from '../jobs/outbox-loop.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import { rotateDueKeys } from '../jobs/rotate-due-keys.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Store } from '../store/open-store.ts'
import { findDeliveriesOf } from '../store/queries/key-deliveries.ts'
import { listDueRotations } from '../store/queries/key-rotation.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'
import { egressOf } from './gateway.ts'

/** As the audit log names what becomes of a delivery. */
const DELIVERY_ACTION = 'deliverKey'
const DUE_POLL_MS = 30_000
const DUE_MAX = 100
const USE_POLL_MS = 1_000
const RECEIVER_TIMEOUT_MS = 15_000
const RECEIVER_ANSWER_BYTES_MAX = 1_048_576

export interface KeyRotation {
  /** Something was just committed that may be a delivery. */
  wake: () => void
  stop: () => Promise<void>
}

interface KeyRotationParts {
  store: Store
  config: Config
  control: Control
  observe: Observe
}

/** What goes on with secrets of keys beside calls: they are delivered, end when they are needed no more, and are renewed. */
export function startKeyRotation(parts: KeyRotationParts & { firstUses: FirstUses }): KeyRotation {
  const { control, firstUses, observe } = parts
  const db = parts.store.database.kysely
  const deliveries = createDeliveries(parts)
  const act = (action: string, key: { hash: string; organizationId: string }, work: typeof rotateDueKey) =>
    control.actAsSystem({ action, organizationId: key.organizationId, work: (context) => work(context, key.hash) })
  const onFailure = (message: string) => observe({ type: 'outbox_failed', message })
  const due = new RepeatLoop({
    intervalMs: DUE_POLL_MS,
    run: () =>
      rotateDueKeys({
        listDue: () => listDueRotations(db, clock.now(), DUE_MAX),
        rotate: (key) => act('rotateKeys', key, rotateDueKey),
        observe,
      }),
    onFailure,
  })
  const endUsed = createUsedOverlaps({
    takeUsed: () => firstUses.take(),
    findDeliveries: (hashes) => findDeliveriesOf(db, hashes),
    end: (key) => act('endKeyOverlap', key, endOverlapOnUse),
  })
  const uses = new RepeatLoop({ intervalMs: USE_POLL_MS, run: endUsed, onFailure })
  deliveries.start()
  return {
    wake: () => deliveries.wake(),
    stop: async () => {
      await Promise.all([due.stop(), uses.stop()])
      await deliveries.stop()
    },
  }
}

/** A loop of its own, so that a receiver that doesn't answer keeps no mail waiting. */
function createDeliveries({ config, control, observe, store }: KeyRotationParts): OutboxLoop {
  const db = store.database.kysely
  const settle = (delivery: { id: string; organizationId: string }, status: 'delivered' | 'failed') =>
    control.actAsSystem({
      action: DELIVERY_ACTION,
      organizationId: delivery.organizationId,
      work: (context) => settleDelivery(context, { id: delivery.id, status }),
    })
  const deliver = createKeyDelivery({
    send: createGuardedHttp({
      egress: egressOf(config),
      connectTimeoutMs: config.upstreamConnectTimeoutMs,
      timeoutMs: RECEIVER_TIMEOUT_MS,
      answerBytesMax: RECEIVER_ANSWER_BYTES_MAX,
    }),
    now: clock.now,
    isWanted: async ({ id, organizationId }) => {
      let isWanted = false
      const work = async (context: ControlContext) => {
        isWanted = await admitDelivery(context, id)
      }
      await control.actAsSystem({ action: DELIVERY_ACTION, organizationId, work })
      return isWanted
    },
    arrived: (delivery) => settle(delivery, 'delivered'),
  })
  return new OutboxLoop({
    db,
    sealer: store.sealer,
    clock,
    observe,
    deliverers: { [KEY_DELIVERY_KIND]: deliver },
    givenUp: (delivery) => settle(delivery, 'failed'),
    random: Math.random,
  })
}
