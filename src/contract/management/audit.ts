import { z } from 'zod'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, UserId, UtcInstant, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const AUDIT_PAGE_SIZE_DEFAULT = 50
export const AUDIT_PAGE_SIZE_MAX = 200
export const AUDIT_EXPORT_ROWS_MAX = 1_000
export const AUDIT_HEADS_MAX = 1_000

const ActorKind = z.enum(['session', 'management_key', 'key', 'bootstrap', 'system', 'scim'])
const tag = 'Audit log'

export const AuditLogWire = z.object({
  id: Uuid,
  /** Its place in the log of the organization, from 1 on without gaps. */
  sequence: z.number().int(),
  created_at: Timestamp,
  actor_kind: ActorKind,
  /** The hash of a key, the id of a session; null for what has neither. */
  actor_id: z.string().nullable(),
  user_id: z.string().nullable(),
  surface: z.string(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  /** The id of the operation. */
  action: z.string(),
  resource_type: z.string(),
  resource_id: z.string(),
  workspace_id: Uuid.nullable(),
  /** As on the wire, secrets masked. */
  before: z.unknown(),
  after: z.unknown(),
  previous_hash: z.string(),
  hash: z.string(),
})
export type AuditLogWire = z.output<typeof AuditLogWire>

/** Where the log ended at a moment: keep it elsewhere, and `verify` finds it when the end is cut off. */
export const AuditHeadWire = z.strictObject({
  organization_id: z.string().min(1).max(100),
  sequence: z.number().int().min(0),
  hash: z.string().max(64),
  created_at: z.string().max(40),
  signature: z.string().max(64),
})

const Word = z.string().min(1).max(200)
const Filter = {
  actor_kind: ActorKind.optional(),
  actor_id: Word.optional(),
  user_id: UserId.optional(),
  action: Word.optional(),
  resource_type: Word.optional(),
  resource_id: Word.optional(),
  workspace_id: Uuid.optional(),
  request_id: Word.optional(),
  ip: Word.optional(),
  from: UtcInstant.optional(),
  to: UtcInstant.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the next_cursor of the page before')
    .optional(),
}

const listAuditLogs = operation({
  id: 'listAuditLogs',
  method: 'GET',
  path: '/api/v1/audit-logs',
  summary: 'List the audit log, newest first',
  tag,
  permission: 'audit:read',
  effect: 'read',
  isAuditedRead: true,
  input: z.strictObject({ ...Filter, limit: z.int().min(1).max(AUDIT_PAGE_SIZE_MAX).optional() }),
  output: z.object({ data: z.array(AuditLogWire), next_cursor: z.string().nullable() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const getAuditLog = operation({
  id: 'getAuditLog',
  method: 'GET',
  path: '/api/v1/audit-logs/{id}',
  summary: 'Get an entry of the audit log',
  tag,
  permission: 'audit:read',
  effect: 'read',
  isAuditedRead: true,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: AuditLogWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const exportAuditLogs = operation({
  id: 'exportAuditLogs',
  method: 'GET',
  path: '/api/v1/audit-logs/export',
  summary: 'Export the audit log, oldest first, page by page',
  tag,
  permission: 'audit:export',
  effect: 'read',
  isAuditedRead: true,
  input: z.strictObject({
    ...Filter,
    format: z.enum(['jsonl', 'csv']).optional(),
    limit: z.int().min(1).max(AUDIT_EXPORT_ROWS_MAX).optional(),
  }),
  output: z.object({
    data: z.object({
      format: z.enum(['jsonl', 'csv']),
      /** The rows as text, each ended by a line feed; the first line of a CSV page names the columns. */
      content: z.string(),
      row_count: z.number().int(),
      /** The end of the whole log; null for who sees only some workspaces. */
      head: AuditHeadWire.nullable(),
    }),
    next_cursor: z.string().nullable(),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const verifyAuditLogs = operation({
  id: 'verifyAuditLogs',
  method: 'POST',
  path: '/api/v1/audit-logs/verify',
  summary: 'Verify the whole audit log against its hashes and every head that was noted of it',
  tag,
  permission: 'audit:verify',
  effect: 'read',
  isAuditedRead: true,
  input: z.strictObject({ heads: z.array(AuditHeadWire).max(AUDIT_HEADS_MAX).optional() }),
  output: z.object({
    data: z.object({
      is_intact: z.boolean(),
      rows_checked: z.number().int(),
      heads_checked: z.number().int(),
      fault: z
        .object({
          reason: z.enum([
            'missing_row',
            'row_changed',
            'chain_broken',
            'surplus_row',
            'head_differs',
            'truncated',
            'head_not_authentic',
          ]),
          sequence: z.number().int(),
          id: Uuid.nullable(),
          message: z.string(),
        })
        .nullable(),
      head: AuditHeadWire,
    }),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const AUDIT_OPERATIONS = { listAuditLogs, getAuditLog, exportAuditLogs, verifyAuditLogs } as const
