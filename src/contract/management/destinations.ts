import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { DESTINATION_TYPES } from './destination-types.ts'

export const FILTER_FIELDS = [
  'model',
  'provider',
  'session_id',
  'user_id',
  'api_key_name',
  'finish_reason',
  'input',
  'output',
  'total_cost',
  'total_tokens',
  'prompt_tokens',
  'completion_tokens',
] as const
export const FILTER_OPERATORS = [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'regex',
  'starts_with',
  'ends_with',
  'gt',
  'lt',
  'gte',
  'lte',
  'exists',
  'not_exists',
] as const

const FilterRule = z.strictObject({
  field: z.enum(FILTER_FIELDS),
  operator: z.enum(FILTER_OPERATORS),
  /** Needed by all operators but `exists` and `not_exists`. */
  value: z.union([z.string().max(1_000), z.number()]).optional(),
})
/** All groups must hold; within a group all rules or any, as `logic` says. */
const FilterRules = z.strictObject({
  enabled: z.boolean().default(true),
  groups: z
    .array(z.strictObject({ logic: z.enum(['and', 'or']).default('and'), rules: z.array(FilterRule).max(50) }))
    .max(20),
})
export type FilterRules = z.output<typeof FilterRules>

const Region = z
  .enum(['global', 'europe', 'us', 'eu'])
  .transform((region) => (region === 'eu' ? ('europe' as const) : region))
const Regions = z
  .array(Region)
  .min(1)
  .max(4)
  .transform((given) => [...new Set(given)])

const Config = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine((given) => Object.keys(given).length <= 50, 'at most 50 fields')
const Name = z.string().trim().min(1).max(200)
const SamplingRate = z.number().min(0.0001).max(1)
const KeyHashes = z
  .array(z.string().regex(/^[0-9a-f]{64}$/, 'must be the hash of a key'))
  .min(1)
  .max(1_000)
  .nullable()

export const DestinationWire = z.object({
  id: z.string(),
  workspace_id: z.string(),
  type: z.enum(DESTINATION_TYPES),
  name: z.string(),
  enabled: z.boolean(),
  /** By type; secrets are masked. */
  config: z.record(z.string(), z.unknown()),
  privacy_mode: z.boolean(),
  sampling_rate: z.number(),
  /** null: of all keys of the workspace. */
  api_key_hashes: z.array(z.string()).nullable(),
  filter_rules: z
    .object({
      enabled: z.boolean(),
      groups: z.array(
        z.object({
          logic: z.enum(['and', 'or']),
          rules: z.array(
            z.object({
              field: z.enum(FILTER_FIELDS),
              operator: z.enum(FILTER_OPERATORS),
              value: z.union([z.string(), z.number()]).optional(),
            }),
          ),
        }),
      ),
    })
    .nullable(),
  broadcast_generation_cost: z.boolean(),
  broadcast_generation_identity: z.boolean(),
  broadcast_generation_request_context: z.boolean(),
  regions: z.array(z.enum(['global', 'europe', 'us'])),
  created_at: Timestamp,
  updated_at: Timestamp,
  /** `active`: traces of new requests are sent there. `failing`: they should be, and it didn't take the last ones. `not_yet`: it
   *  is disabled, or its workspace doesn't broadcast. */
  delivery: z.enum(['active', 'failing', 'not_yet']),
})
export type DestinationWire = z.output<typeof DestinationWire>

const tag = 'Observability'
const path = '/api/v1/observability/destinations'

const listObservabilityDestinations = operation({
  id: 'listObservabilityDestinations',
  method: 'GET',
  path,
  summary: 'List observability destinations',
  tag,
  permission: 'destination:read',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, workspace_id: Uuid.optional() }),
  output: pageOf(DestinationWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const createObservabilityDestination = operation({
  id: 'createObservabilityDestination',
  method: 'POST',
  path,
  summary: 'Create an observability destination',
  tag,
  permission: 'destination:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    type: z.enum(DESTINATION_TYPES),
    name: Name,
    config: Config,
    enabled: z.boolean().default(true),
    privacy_mode: z.boolean().default(false),
    sampling_rate: SamplingRate.default(1),
    api_key_hashes: KeyHashes.default(null),
    filter_rules: FilterRules.nullable().default(null),
    broadcast_generation_cost: z.boolean().default(false),
    broadcast_generation_identity: z.boolean().default(false),
    broadcast_generation_request_context: z.boolean().default(false),
    regions: Regions.default(['global']),
    workspace_id: Uuid.optional(),
  }),
  output: z.object({ data: DestinationWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict', 'invalid_regex_pattern'],
})

const getObservabilityDestination = operation({
  id: 'getObservabilityDestination',
  method: 'GET',
  path: `${path}/{id}`,
  summary: 'Get an observability destination',
  tag,
  permission: 'destination:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: DestinationWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const updateObservabilityDestination = operation({
  id: 'updateObservabilityDestination',
  method: 'PATCH',
  path: `${path}/{id}`,
  summary: 'Update an observability destination',
  tag,
  permission: 'destination:write',
  effect: 'write',
  input: z.strictObject({
    id: UuidRef,
    name: Name.optional(),
    /** Fields left out stay as they are, as do masked secrets; null takes an optional field away. */
    config: Config.optional(),
    enabled: z.boolean().optional(),
    privacy_mode: z.boolean().optional(),
    sampling_rate: SamplingRate.optional(),
    api_key_hashes: KeyHashes.optional(),
    filter_rules: FilterRules.nullish(),
    broadcast_generation_cost: z.boolean().optional(),
    broadcast_generation_identity: z.boolean().optional(),
    broadcast_generation_request_context: z.boolean().optional(),
    regions: Regions.optional(),
  }),
  output: z.object({ data: DestinationWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'invalid_regex_pattern'],
})

const deleteObservabilityDestination = operation({
  id: 'deleteObservabilityDestination',
  method: 'DELETE',
  path: `${path}/{id}`,
  summary: 'Delete an observability destination',
  tag,
  permission: 'destination:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const DESTINATION_OPERATIONS = {
  listObservabilityDestinations,
  createObservabilityDestination,
  getObservabilityDestination,
  updateObservabilityDestination,
  deleteObservabilityDestination,
} as const
