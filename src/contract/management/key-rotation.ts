import { z } from 'zod'
import { KeyHash, Timestamp } from '../common/scalars.ts'
import { operation } from '../operation.ts'
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
    hash: KeyHash,
    overlap_seconds: z.number().int().min(0).max(OVERLAP_SECONDS_MAX).optional(),
  }),
  output: z.object({
    data: KeyWire,
    /** The new secret, shown once. */
    key: z.string(),
    /** Until then the secret before works too, on the same limits; null when it works no more. */
    previous_valid_until: Timestamp.nullable(),
    effective_at: Timestamp.optional(),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const KEY_ROTATION_OPERATIONS = { rotateKeys } as const
