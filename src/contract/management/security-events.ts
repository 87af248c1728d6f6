import { z } from 'zod'
import { KeyHash, Timestamp, UtcInstant, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const SECURITY_EVENT_KINDS = ['forbidden_address', 'dead_key', 'foreign_origin'] as const

/** How often something happened around a key from one network within a minute. */
const SecurityEventWire = z.object({
  kind: z.enum(SECURITY_EVENT_KINDS),
  /** The beginning of the minute. */
  minute: Timestamp,
  count: z.number().int(),
  /** null for a management key. */
  workspace_id: Uuid.nullable(),
  api_key_id: z.number().int(),
  api_key_hash: z.string().nullable(),
  api_key_name: z.string().nullable(),
  /** /24 or /56; null where the address isn't known. */
  network: z.string().nullable(),
  /** One of those that are counted. */
  ip: z.string().nullable(),
  /** Of the page that called, as one of those that are counted said it. */
  origin: z.string().nullable(),
})
export type SecurityEventWire = z.output<typeof SecurityEventWire>

const listSecurityEvents = operation({
  id: 'listSecurityEvents',
  method: 'GET',
  path: '/api/v1/security-events',
  summary: 'List what happened around keys that somebody should look at, newest first',
  tag: 'Audit',
  permission: 'audit:read',
  effect: 'read',
  input: z.strictObject({
    workspace_id: Uuid.optional(),
    api_key_hash: KeyHash.optional(),
    kind: z
      .enum(SECURITY_EVENT_KINDS)
      .optional()
      .describe(
        'Only calls from an address that the key may not be used from, calls with a disabled or expired key, or calls of pages that no workspace names',
      ),
    from: UtcInstant.optional(),
    to: UtcInstant.optional(),
    cursor: z.string().min(1).max(400).optional(),
    limit: z.int().min(1).max(100).optional(),
  }),
  output: z.object({ data: z.array(SecurityEventWire), next_cursor: z.string().nullable() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const SECURITY_EVENT_OPERATIONS = { listSecurityEvents } as const
