import { z } from 'zod'
import { Offset } from '../common/pagination.ts'
import { KeyRef } from '../common/path-names.ts'
import { expandPermissions, KEY_TYPES } from '../common/permissions.ts'
import { Flag, LimitReset, Timestamp, Usd, UserId, UtcInstant, Uuid, Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { DeliverTarget, DeliverTargetWire } from './key-delivery.ts'
import { AllowedIps } from './workspace-settings.ts'

/** `GET /keys` has no `limit`: its pages always have this size. */
export const KEYS_PAGE_SIZE = 100

const KeySpendWire = {
  usage: z.number(),
  usage_daily: z.number(),
  usage_weekly: z.number(),
  usage_monthly: z.number(),
  byok_usage: z.number(),
  byok_usage_daily: z.number(),
  byok_usage_weekly: z.number(),
  byok_usage_monthly: z.number(),
}

const KeyLimitWire = {
  limit: z.number().nullable(),
  limit_remaining: z.number().nullable(),
  limit_reset: z.string().nullable(),
  include_byok_in_limit: z.boolean(),
}

const KeyType = z.enum(KEY_TYPES)

export const KeyWire = z.object({
  hash: z.string(),
  name: z.string(),
  label: z.string(),
  disabled: z.boolean(),
  ...KeyLimitWire,
  ...KeySpendWire,
  created_at: Timestamp,
  updated_at: Timestamp.nullable(),
  expires_at: Timestamp.nullable(),
  creator_user_id: z.string().nullable(),
  workspace_id: z.string().nullable(),
  external_user: z.string().nullable(),
  id: z.number().int(),
  type: KeyType,
  permissions: z.array(z.string()),
  /** Patterns; null for every model. */
  allowed_models: z.array(z.string()).nullable(),
  /** Networks; null for every address. */
  allowed_ips: z.array(z.string()).nullable(),
  project_id: z.string().nullable(),
  read_only: z.boolean(),
  hidden: z.boolean(),
  /** Its own; null for that of its type. */
  rate_limit_rpm: z.number().int().nullable(),
  /** What counts; 0 is no limit. */
  effective_rate_limit_rpm: z.number().int(),
  /** Requests that may run at a time; null for as many as there are. */
  concurrency_limit: z.number().int().nullable(),
  /** It gets a new secret by itself, which goes to `deliver`. */
  rotate_every_days: z.number().int().nullable(),
  next_rotation_at: Timestamp.nullable(),
  deliver: DeliverTargetWire.nullable(),
  pending: z.number(),
})
export type KeyWire = z.output<typeof KeyWire>

export const CurrentKeyWire = z.object({
  label: z.string(),
  ...KeyLimitWire,
  ...KeySpendWire,
  is_free_tier: z.boolean(),
  is_management_key: z.boolean(),
  is_provisioning_key: z.boolean(),
  creator_user_id: z.string().nullable(),
  expires_at: Timestamp.nullable(),
  rate_limit: z.object({ requests: z.number().int(), interval: z.string(), note: z.string() }),
  allowed_data_regions: z.array(z.string()),
  free_model_daily_requests: z.object({ limit: z.number().int(), remaining: z.number().int(), used: z.number().int() }),
  organization_id: z.string().nullable(),
  workspace_id: z.string().nullable(),
  pending: z.number(),
})
export type CurrentKeyWire = z.output<typeof CurrentKeyWire>

const DISTINCT_CHARACTERS_MIN = 10
const KeyName = z.string().min(1).max(200)
/** A secret that someone else made: enough of it, and nothing that couldn't stand in an Authorization header. */
const PartnerSecret = z
  .string()
  .regex(/^[!-~]{32,512}$/, { error: 'must be 32 to 512 printable ASCII characters without spaces', abort: true })
  .refine((secret) => new Set(secret).size >= DISTINCT_CHARACTERS_MIN, 'is too easy to guess')
const RateLimit = z.number().int().min(0).max(1_000_000).nullish()
/** When the change was in force everywhere. Always in the answer. */
const EffectiveAt = Timestamp.optional()
const tag = 'API Keys'

/** How it gets new secrets, on creation and update. */
const KeyRotationPlan = {
  rotate_every_days: z.number().int().min(1).max(365).nullish(),
  deliver: DeliverTarget.nullish(),
}

/** What a key may, on creation and update. Null is the default of the type, or no restriction. */
const KeyRights = {
  type: KeyType.optional(),
  permissions: z
    .array(z.string().min(1).max(64))
    .max(100)
    .refine((list) => new Set(list).size === list.length, 'names a permission twice')
    .transform(expandPermissions)
    .nullish(),
  allowed_models: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^[\w.:/@+*~-]+$/, 'must be a model name, in which * stands for any text'),
    )
    .min(1)
    .max(100)
    .nullish(),
  allowed_ips: AllowedIps.nullish(),
  project_id: Uuid.nullish(),
  read_only: z.boolean().optional(),
  rate_limit_rpm: RateLimit,
  concurrency_limit: z.number().int().min(1).max(10_000).nullish(),
}

export const listKeys = operation({
  id: 'listKeys',
  method: 'GET',
  path: '/api/v1/keys',
  summary: 'List API keys',
  tag,
  permission: 'key:read',
  effect: 'read',
  input: z.strictObject({
    offset: Offset,
    include_disabled: Flag.nullish(),
    include_hidden: Flag.nullish(),
    workspace_id: Uuid.nullish(),
    type: KeyType.optional(),
    /** Words that all stand in the name or the label, or the beginning of the hash. Where no workspace is named, in each of
     *  which the caller may see keys. */
    search: z.string().trim().min(1).max(100).optional(),
  }),
  output: z.object({ data: z.array(KeyWire) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const createKeys = operation({
  id: 'createKeys',
  method: 'POST',
  path: '/api/v1/keys',
  summary: 'Create a new API key',
  tag,
  permission: 'key:create',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    name: KeyName,
    limit: Usd.nullish(),
    limit_reset: LimitReset.nullish(),
    include_byok_in_limit: z.boolean().optional(),
    expires_at: UtcInstant.nullish(),
    /** In place of `expires_at`: from now on. */
    ttl_seconds: z.number().int().min(1).max(31_536_000).optional(),
    creator_user_id: UserId.nullish(),
    workspace_id: Uuid.nullish(),
    external: z.strictObject({ user: z.string().min(1).max(256), api_key: PartnerSecret.optional() }).optional(),
    hidden: z.boolean().optional(),
    ...KeyRotationPlan,
    ...KeyRights,
  }),
  output: z.object({ data: KeyWire, key: z.string(), warnings: Warnings }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const getKey = operation({
  id: 'getKey',
  method: 'GET',
  path: '/api/v1/keys/{hash}',
  summary: 'Get a single API key',
  tag,
  permission: 'key:read',
  effect: 'read',
  input: z.strictObject({ hash: KeyRef }),
  output: z.object({ data: KeyWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const updateKeys = operation({
  id: 'updateKeys',
  method: 'PATCH',
  path: '/api/v1/keys/{hash}',
  summary: 'Update an API key',
  tag,
  permission: 'key:update',
  effect: 'write',
  input: z.strictObject({
    hash: KeyRef,
    name: KeyName.optional(),
    disabled: z.boolean().optional(),
    limit: Usd.nullish(),
    limit_reset: LimitReset.nullish(),
    include_byok_in_limit: z.boolean().optional(),
    ...KeyRotationPlan,
    ...KeyRights,
  }),
  tellsEffect: true,
  output: z.object({ data: KeyWire, warnings: Warnings, effective_at: EffectiveAt }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const deleteKeys = operation({
  id: 'deleteKeys',
  method: 'DELETE',
  path: '/api/v1/keys/{hash}',
  summary: 'Delete an API key',
  tag,
  permission: 'key:delete',
  effect: 'destructive',
  input: z.strictObject({ hash: KeyRef }),
  tellsEffect: true,
  output: z.object({ deleted: z.literal(true), effective_at: EffectiveAt }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const getCurrentKey = operation({
  id: 'getCurrentKey',
  method: 'GET',
  path: '/api/v1/key',
  summary: 'Get current API key',
  tag,
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ data: CurrentKeyWire }),
  errors: ['unauthorized'],
})
