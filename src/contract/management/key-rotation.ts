import { z } from 'zod'
import { KeyRef } from '../common/path-names.ts'
import { Timestamp } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { DeliverOnce, DeliverTargetWire, EndedTargetWire, KeyDeliveryWire } from './key-delivery.ts'
import { KeyWire } from './keys.ts'

const OVERLAP_SECONDS_MAX = 30 * 86_400

const rotateKeys = operation({
  id: 'rotateKeys',
  method: 'POST',
  path: '/api/v1/keys/{hash}/rotate',
  summary: 'Give an API key a new secret and hash',
  tag: 'API Keys',
  permission: 'key:rotate',
  effect: 'write',
  tellsEffect: true,
  input: z.strictObject({
    hash: KeyRef,
    overlap_seconds: z.number().int().min(0).max(OVERLAP_SECONDS_MAX).optional(),
    deliver: DeliverOnce.optional(),
  }),
  output: z.object({
    data: KeyWire,
    /** The new secret, shown once; absent when it is delivered. */
    key: z.string().optional(),
    /** Until then the secret before works too, on the same limits. Null when it works no more or, with a delivery, when its
     *  end is not known yet. */
    previous_valid_until: Timestamp.nullable(),
    delivery: KeyDeliveryWire.nullable(),
    effective_at: Timestamp.optional(),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const KeyRotationWire = z.object({
  hash: z.string(),
  /** When the present secret was reported as leaked: the key stays disabled until it is rotated. */
  leaked_at: Timestamp.nullable(),
  rotate_every_days: z.number().int().nullable(),
  next_rotation_at: Timestamp.nullable(),
  deliver: DeliverTargetWire.nullable(),
  /** A target that gets nothing any more, because whoever named it may not rotate the key any more; null with a new one. */
  ended_deliver: EndedTargetWire.nullable(),
  /** The newest; null when every secret was shown. */
  delivery: KeyDeliveryWire.nullable(),
  /** Secrets before the present one that work yet, newest first. Null: until the delivery has arrived, or somebody ends it. */
  previous_secrets: z.array(z.object({ hash: z.string(), valid_until: Timestamp.nullable() })),
})
export type KeyRotationWire = z.output<typeof KeyRotationWire>

const getKeyRotation = operation({
  id: 'getKeyRotation',
  method: 'GET',
  path: '/api/v1/keys/{hash}/rotation',
  summary: 'Get how an API key is rotated, and what became of the last delivery',
  tag: 'API Keys',
  permission: 'key:read',
  effect: 'read',
  input: z.strictObject({ hash: KeyRef }),
  output: z.object({ data: KeyRotationWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const endKeyOverlap = operation({
  id: 'endKeyOverlap',
  method: 'POST',
  path: '/api/v1/keys/{hash}/end-overlap',
  summary: 'End the earlier secrets of an API key that work yet',
  tag: 'API Keys',
  permission: 'key:rotate',
  effect: 'destructive',
  tellsEffect: true,
  input: z.strictObject({ hash: KeyRef }),
  output: z.object({
    data: KeyRotationWire,
    ended: z.number().int(),
    effective_at: Timestamp.optional(),
  }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const KEY_ROTATION_OPERATIONS = { rotateKeys, getKeyRotation, endKeyOverlap } as const
