import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp } from '../common/scalars.ts'
import { operation } from '../operation.ts'

const DeliveryWire = z.object({
  destination_id: z.string(),
  /** Traces that wait to be sent. */
  waiting: z.number().int(),
  /** When the first of them ended; how far sending is behind. */
  oldest_waiting_at: Timestamp.nullable(),
  /** Ever. */
  delivered: z.number().int(),
  last_delivered_at: Timestamp.nullable(),
  dead_letters: z.number().int(),
  /** Dead letters that were dropped, because there were too many. */
  dropped: z.number().int(),
  /** Null while all goes well, as is what follows. */
  failing_since: Timestamp.nullable(),
  last_error: z.string().nullable(),
  /** Null: as soon as there is something to send. */
  next_attempt_at: Timestamp.nullable(),
})
export type DeliveryWire = z.output<typeof DeliveryWire>

const DeadLetterWire = z.object({
  generation_id: z.string(),
  ended_at: Timestamp,
  dead_at: Timestamp,
  reason: z.string(),
})
export type DeadLetterWire = z.output<typeof DeadLetterWire>

const tag = 'Observability'
const path = '/api/v1/observability/destinations/{id}'
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

const testObservabilityDestination = operation({
  id: 'testObservabilityDestination',
  method: 'POST',
  path: `${path}/test`,
  summary: 'Try whether an observability destination can be reached and lets us in',
  tag,
  permission: 'destination:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({
    data: z.object({
      ok: z.boolean(),
      /** What it answered with; null where it answered nothing. */
      status: z.number().int().nullable(),
      message: z.string(),
    }),
  }),
  errors,
})

const getObservabilityDelivery = operation({
  id: 'getObservabilityDelivery',
  method: 'GET',
  path: `${path}/delivery`,
  summary: 'Get how sending traces to an observability destination fares',
  tag,
  permission: 'destination:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: DeliveryWire }),
  errors,
})

const listObservabilityDeadLetters = operation({
  id: 'listObservabilityDeadLetters',
  method: 'GET',
  path: `${path}/dead-letters`,
  summary: 'List traces that an observability destination did not take, those given up last first',
  tag,
  permission: 'destination:read',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, id: UuidRef }),
  output: pageOf(DeadLetterWire),
  errors: ['invalid_request', ...errors],
})

const replayObservabilityDeadLetters = operation({
  id: 'replayObservabilityDeadLetters',
  method: 'POST',
  path: `${path}/dead-letters/replay`,
  summary: 'Send dead letters of an observability destination again: those named, or all',
  tag,
  permission: 'destination:write',
  effect: 'write',
  mayDoNothing: true,
  input: z.strictObject({
    id: UuidRef,
    generation_ids: z.array(z.string().min(1).max(100)).min(1).max(1_000).optional(),
  }),
  output: z.object({ data: z.object({ replayed: z.number().int() }) }),
  errors: ['invalid_request', ...errors],
})

const deleteObservabilityDeadLetters = operation({
  id: 'deleteObservabilityDeadLetters',
  method: 'DELETE',
  path: `${path}/dead-letters`,
  summary: 'Drop all dead letters of an observability destination',
  tag,
  permission: 'destination:write',
  effect: 'destructive',
  mayDoNothing: true,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: z.object({ deleted: z.number().int() }) }),
  errors,
})

export const DESTINATION_DELIVERY_OPERATIONS = {
  testObservabilityDestination,
  getObservabilityDelivery,
  listObservabilityDeadLetters,
  replayObservabilityDeadLetters,
  deleteObservabilityDeadLetters,
} as const
