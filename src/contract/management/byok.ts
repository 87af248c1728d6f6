import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { BaseUrl } from '../common/provider-schema.ts'
import { Timestamp, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const ByokKeyWire = z.object({
  id: Uuid,
  provider: z.string(),
  workspace_id: Uuid.nullable(),
  label: z.string(),
  name: z.string().nullable(),
  disabled: z.boolean(),
  is_fallback: z.boolean(),
  is_required: z.boolean(),
  is_byok_only: z.boolean(),
  declared_zdr: z.boolean().nullable(),
  /** Where it is good; null for where the provider itself is. */
  base_url: z.string().nullable(),
  sort_order: z.int(),
  allowed_models: z.array(z.string()).nullable(),
  allowed_api_key_hashes: z.array(z.string()).nullable(),
  allowed_user_ids: z.array(z.string()).nullable(),
  created_at: Timestamp,
})
export type ByokKeyWire = z.output<typeof ByokKeyWire>

const LIST_MAX = 100
const ProviderSlug = z.string().min(1).max(100)
const SENDABLE = /^[\x21-\x7e]*$/
/** As long as the longest credential of several parts, such as a service account's JSON. Any other goes into a header as it is: with
 *  a line end that came along, each request would fail and be paid with credits. */
const Secret = z
  .string()
  .min(1)
  .max(20_000)
  .refine(
    (key) => SENDABLE.test(key) || /^\s*[[{]/.test(key),
    'must be printable ASCII characters without spaces, or a JSON object or list',
  )

const ByokSettings = {
  name: z.string().max(255).nullish(),
  disabled: z.boolean().optional(),
  is_fallback: z.boolean().optional(),
  is_required: z.boolean().optional(),
  is_byok_only: z.boolean().optional(),
  declared_zdr: z.boolean().nullish(),
  base_url: BaseUrl.nullish(),
  allowed_models: z.array(z.string().min(1).max(200)).max(LIST_MAX).nullish(),
  allowed_user_ids: z.array(UserId).max(LIST_MAX).nullish(),
  allowed_api_key_hashes: z
    .array(z.string().regex(/^[a-f0-9]{64}$/, 'must be 64 lowercase hex digits'))
    .min(1)
    .max(LIST_MAX)
    .nullish(),
}

const tag = 'BYOK'
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

const listBYOKKeys = operation({
  id: 'listBYOKKeys',
  mcpName: 'list_byok_keys',
  method: 'GET',
  path: '/api/v1/byok',
  summary: 'List the provider credentials of a workspace, with those of the whole organization',
  tag,
  permission: 'byok:read',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, workspace_id: Uuid.optional(), provider: ProviderSlug.optional() }),
  output: pageOf(ByokKeyWire),
  errors: ['invalid_request', ...errors],
})

const createBYOKKey = operation({
  id: 'createBYOKKey',
  mcpName: 'create_byok_key',
  method: 'POST',
  path: '/api/v1/byok',
  summary: 'Add a provider credential',
  tag,
  permission: 'byok:write',
  effect: 'write',
  status: 201,
  // Left out, the Default workspace is meant; null makes it one for all workspaces.
  input: z.strictObject({ provider: ProviderSlug, key: Secret, workspace_id: Uuid.nullish(), ...ByokSettings }),
  output: z.object({ data: ByokKeyWire }),
  errors: ['invalid_request', ...errors],
})

const getBYOKKey = operation({
  id: 'getBYOKKey',
  mcpName: 'get_byok_key',
  method: 'GET',
  path: '/api/v1/byok/{id}',
  summary: 'Get a provider credential, without its secret',
  tag,
  permission: 'byok:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: ByokKeyWire }),
  errors,
})

const updateBYOKKey = operation({
  id: 'updateBYOKKey',
  mcpName: 'update_byok_key',
  method: 'PATCH',
  path: '/api/v1/byok/{id}',
  summary: 'Change a provider credential; a new key takes the place of the old one',
  tag,
  permission: 'byok:write',
  effect: 'write',
  input: z.strictObject({
    id: UuidRef,
    key: Secret.optional(),
    sort_order: z.int().min(0).max(10_000).optional(),
    ...ByokSettings,
  }),
  output: z.object({ data: ByokKeyWire }),
  errors: ['invalid_request', ...errors],
})

const deleteBYOKKey = operation({
  id: 'deleteBYOKKey',
  mcpName: 'delete_byok_key',
  method: 'DELETE',
  path: '/api/v1/byok/{id}',
  summary: 'Delete a provider credential and wipe its secret',
  tag,
  permission: 'byok:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors,
})

export const BYOK_OPERATIONS = { listBYOKKeys, createBYOKKey, getBYOKKey, updateBYOKKey, deleteBYOKKey } as const
