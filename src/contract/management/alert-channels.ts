import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { Credential, HttpUrl } from './key-delivery.ts'

/** Of one workspace, or of the organization itself. */
export const ALERT_CHANNELS_MAX = 50

/** Where alerts are sent. */
export const AlertTarget = z.discriminatedUnion('type', [
  /** An incoming webhook of Slack, or of what understands the same. */
  z.strictObject({ type: z.literal('slack'), url: HttpUrl }),
  /** JSON by POST; `switchyard-signature` is `t=<unix seconds>,v1=<HMAC-SHA256, hex>` over `<t>.<body>`. */
  z.strictObject({ type: z.literal('webhook'), url: HttpUrl, signing_secret: Credential.min(16) }),
  z.strictObject({ type: z.literal('email'), address: z.email().max(320) }),
])
export type AlertTarget = z.output<typeof AlertTarget>

/** The target as it may be shown: a path or query of a webhook may be a secret itself. */
const AlertTargetWire = z.object({ type: z.enum(['slack', 'webhook', 'email']), destination: z.string() })
export type AlertTargetWire = z.output<typeof AlertTargetWire>

export const AlertChannelWire = z.object({
  id: Uuid,
  /** Null: of the organization itself. */
  workspace_id: Uuid.nullable(),
  /** Whose own it is; null: that of the workspace or the organization. */
  user_id: z.string().nullable(),
  name: z.string(),
  target: AlertTargetWire,
  enabled: z.boolean(),
  /** Why it was switched off by itself. */
  disabled_reason: z.string().nullable(),
  /** Failed attempts since the last that succeeded. */
  failures: z.number().int(),
  last_error: z.string().nullable(),
  last_delivered_at: Timestamp.nullable(),
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp,
})
export type AlertChannelWire = z.output<typeof AlertChannelWire>

const Name = z.string().trim().min(1).max(100)
const PATH = '/api/v1/alert-channels'
const tag = 'Alerts'
const read = { tag, permission: 'alert:read', effect: 'read' } as const
const write = { tag, permission: 'alert:write', effect: 'write' } as const
const found = ['unauthorized', 'forbidden', 'not_found'] as const

const listAlertChannels = operation({
  id: 'listAlertChannels',
  method: 'GET',
  path: PATH,
  summary: 'List where alerts are sent, oldest first',
  ...read,
  input: z.strictObject({ ...PageQuery, workspace_id: Uuid.optional() }),
  output: pageOf(AlertChannelWire),
  errors: ['invalid_request', ...found],
})

const createAlertChannel = operation({
  id: 'createAlertChannel',
  method: 'POST',
  path: PATH,
  summary: 'Add a channel that alerts are sent to: e-mail, Slack or a signed webhook',
  ...write,
  status: 201,
  // Left out, the Default workspace is meant; null makes it the organization's.
  input: z.strictObject({
    name: Name,
    target: AlertTarget,
    enabled: z.boolean().default(true),
    workspace_id: Uuid.nullish(),
  }),
  output: z.object({ data: AlertChannelWire }),
  errors: ['invalid_request', ...found, 'conflict'],
})

const getAlertChannel = operation({
  id: 'getAlertChannel',
  method: 'GET',
  path: `${PATH}/{id}`,
  summary: 'Get a channel that alerts are sent to, and how its deliveries went',
  ...read,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: AlertChannelWire }),
  errors: found,
})

const updateAlertChannel = operation({
  id: 'updateAlertChannel',
  method: 'PATCH',
  path: `${PATH}/{id}`,
  summary: 'Change a channel that alerts are sent to',
  ...write,
  // A target is replaced as a whole, so that nobody has its secrets sent elsewhere.
  input: z.strictObject({
    id: UuidRef,
    name: Name.optional(),
    target: AlertTarget.optional(),
    enabled: z.boolean().optional(),
  }),
  output: z.object({ data: AlertChannelWire }),
  errors: ['invalid_request', ...found],
})

const deleteAlertChannel = operation({
  id: 'deleteAlertChannel',
  method: 'DELETE',
  path: `${PATH}/{id}`,
  summary: 'Delete a channel that no rule uses',
  tag,
  permission: 'alert:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: [...found, 'conflict'],
})

const testAlertChannel = operation({
  id: 'testAlertChannel',
  method: 'POST',
  path: `${PATH}/{id}/test`,
  summary: 'Send a test alert to a channel; the channel tells how it went',
  ...write,
  status: 202,
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: z.object({ delivery_id: Uuid }) }),
  errors: found,
})

export const ALERT_CHANNEL_OPERATIONS = {
  listAlertChannels,
  createAlertChannel,
  getAlertChannel,
  updateAlertChannel,
  deleteAlertChannel,
  testAlertChannel,
} as const

export function alertTargetToWire(target: AlertTarget): AlertTargetWire {
  const { type } = target
  return { type, destination: type === 'email' ? target.address : new URL(target.url).origin }
}
