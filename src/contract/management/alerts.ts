import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Flag, Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { ALERT_KINDS, ALERT_RECIPIENTS, AlertCondition } from './alert-conditions.ts'

/** Of one workspace, or of the organization itself. */
export const ALERT_RULES_MAX = 100

export const AlertRuleWire = z.object({
  id: Uuid,
  /** Null: of the whole organization. */
  workspace_id: Uuid.nullable(),
  /** Whose own it is: it watches what is theirs alone. Null: it watches everything. */
  user_id: z.string().nullable(),
  name: z.string(),
  enabled: z.boolean(),
  condition: AlertCondition,
  /** Who gets a mail. */
  recipients: z.array(z.enum(ALERT_RECIPIENTS)),
  channel_ids: z.array(Uuid),
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp,
})
export type AlertRuleWire = z.input<typeof AlertRuleWire>

export const AlertWire = z.object({
  id: Uuid,
  rule_id: Uuid,
  kind: z.enum(ALERT_KINDS),
  /** Null: about the organization itself. */
  workspace_id: Uuid.nullable(),
  /** The member whose key or limit it is about. */
  user_id: z.string().nullable(),
  subject: z.object({
    kind: z.enum(['organization', 'workspace', 'project', 'member', 'key']),
    /** Of a key its hash. */
    id: z.string(),
    name: z.string(),
  }),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  created_at: Timestamp,
  /** Since when it is no longer so, where that can be: of a low balance. */
  resolved_at: Timestamp.nullable(),
  acknowledged_at: Timestamp.nullable(),
  acknowledged_by: z.string().nullable(),
})
export type AlertWire = z.output<typeof AlertWire>

const Name = z.string().trim().min(1).max(100)
const Recipients = z
  .array(z.enum(ALERT_RECIPIENTS))
  .max(ALERT_RECIPIENTS.length)
  .transform((given) => ALERT_RECIPIENTS.filter((recipient) => given.includes(recipient)))
const ChannelIds = z
  .array(Uuid)
  .max(20)
  .transform((given) => [...new Set(given.map((id) => id.toLowerCase()))])

const RULES = '/api/v1/alert-rules'
const ALERTS = '/api/v1/alerts'
const tag = 'Alerts'
const read = { tag, permission: 'alert:read', effect: 'read' } as const
const write = { tag, permission: 'alert:write', effect: 'write' } as const
const found = ['unauthorized', 'forbidden', 'not_found'] as const

const listAlertRules = operation({
  id: 'listAlertRules',
  method: 'GET',
  path: RULES,
  summary: 'List alert rules, oldest first',
  ...read,
  input: z.strictObject({ ...PageQuery, workspace_id: Uuid.optional() }),
  output: pageOf(AlertRuleWire),
  errors: ['invalid_request', ...found],
})

const createAlertRule = operation({
  id: 'createAlertRule',
  method: 'POST',
  path: RULES,
  summary: 'Add a rule of what to be told of, and who is told',
  ...write,
  status: 201,
  // Left out, the Default workspace is meant; null makes it one for the whole organization.
  input: z.strictObject({
    name: Name,
    condition: AlertCondition,
    recipients: Recipients.optional(),
    channel_ids: ChannelIds.default([]),
    enabled: z.boolean().default(true),
    workspace_id: Uuid.nullish(),
  }),
  output: z.object({ data: AlertRuleWire }),
  errors: ['invalid_request', ...found, 'conflict'],
})

const getAlertRule = operation({
  id: 'getAlertRule',
  method: 'GET',
  path: `${RULES}/{id}`,
  summary: 'Get an alert rule',
  ...read,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: AlertRuleWire }),
  errors: found,
})

const updateAlertRule = operation({
  id: 'updateAlertRule',
  method: 'PATCH',
  path: `${RULES}/{id}`,
  summary: 'Change an alert rule',
  ...write,
  input: z.strictObject({
    id: UuidRef,
    name: Name.optional(),
    condition: AlertCondition.optional(),
    recipients: Recipients.optional(),
    channel_ids: ChannelIds.optional(),
    enabled: z.boolean().optional(),
  }),
  output: z.object({ data: AlertRuleWire }),
  errors: ['invalid_request', ...found],
})

const deleteAlertRule = operation({
  id: 'deleteAlertRule',
  method: 'DELETE',
  path: `${RULES}/{id}`,
  summary: 'Delete an alert rule; what it has told stays',
  tag,
  permission: 'alert:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: found,
})

const testAlertRule = operation({
  id: 'testAlertRule',
  method: 'POST',
  path: `${RULES}/{id}/test`,
  summary: 'Send a test alert to everybody and everything that a rule tells',
  ...write,
  status: 202,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: z.object({ mails: z.number().int(), channels: z.number().int() }) }),
  errors: found,
})

const listAlerts = operation({
  id: 'listAlerts',
  method: 'GET',
  path: ALERTS,
  summary: 'List alerts, newest first',
  ...read,
  input: z.strictObject({
    ...PageQuery,
    workspace_id: Uuid.optional(),
    kind: z.enum(ALERT_KINDS).optional(),
    acknowledged: Flag.optional(),
  }),
  output: pageOf(AlertWire),
  errors: ['invalid_request', ...found],
})

const acknowledgeAlert = operation({
  id: 'acknowledgeAlert',
  method: 'POST',
  path: `${ALERTS}/{id}/acknowledge`,
  summary: 'Note that somebody has seen to an alert',
  ...write,
  mayDoNothing: true,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: AlertWire }),
  errors: found,
})

export const ALERT_OPERATIONS = {
  listAlertRules,
  createAlertRule,
  getAlertRule,
  updateAlertRule,
  deleteAlertRule,
  testAlertRule,
  listAlerts,
  acknowledgeAlert,
} as const
