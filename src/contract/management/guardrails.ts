import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { KeyHash, LimitReset, Timestamp, Usd, UserId, Uuid, Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import {
  BuiltinFilterWire,
  ContentFilterWire,
  DATA_REGIONS,
  FilterInput,
  RESTRICTION_FIELDS,
  RestrictionInput,
  RestrictionWire,
} from './guardrail-fields.ts'

const NarrowedBy = z.object({
  by: z.literal('organization_policy'),
  field: z.enum(RESTRICTION_FIELDS),
  /** The names that have no effect; null for a switch. */
  values: z.array(z.string()).nullable(),
})

/** What becomes of a request that the content filters could not look through in time. */
const FilterTimeout = z.enum(['block', 'allow'])

export const GuardrailWire = z.object({
  id: Uuid,
  name: z.string(),
  description: z.string().nullable(),
  workspace_id: Uuid.nullable(),
  ...RestrictionWire,
  limit_usd: z.number().nullable(),
  reset_interval: LimitReset.nullable(),
  include_byok_in_budgets: z.boolean(),
  enforce_zdr: z.boolean().nullable(),
  content_filters: z.array(ContentFilterWire).nullable(),
  content_filter_builtins: z.array(BuiltinFilterWire).nullable(),
  allowed_data_regions: z.array(z.enum(DATA_REGIONS)).nullable(),
  on_filter_timeout: FilterTimeout,
  created_at: Timestamp,
  updated_at: Timestamp.nullable(),
  /** What it allows and the organization's policy forbids: stored, and without effect. */
  narrowed_by: z.array(NarrowedBy),
})
export type GuardrailWire = z.output<typeof GuardrailWire>

export const KeyAssignmentWire = z.object({
  id: Uuid,
  guardrail_id: Uuid,
  key_hash: z.string(),
  key_name: z.string(),
  key_label: z.string(),
  assigned_by: z.string().nullable(),
  created_at: Timestamp,
})
export type KeyAssignmentWire = z.output<typeof KeyAssignmentWire>

export const MemberAssignmentWire = z.object({
  id: Uuid,
  guardrail_id: Uuid,
  user_id: z.string(),
  organization_id: z.string(),
  /** Where it holds: null everywhere in the organization, else only in this workspace. */
  workspace_id: Uuid.nullable(),
  assigned_by: z.string().nullable(),
  created_at: Timestamp,
})
export type MemberAssignmentWire = z.output<typeof MemberAssignmentWire>

/** Of the requests whose log the caller may read, refused ones included as long as they are kept. */
const FilterFindings = z.object({
  filter: z.string(),
  /** Of a custom filter. */
  pattern: z.string().nullable(),
  label: z.string().nullable(),
  /** Requests that it found something in. */
  requests: z.number().int(),
  finds: z.number().int(),
  /** Requests whose finds of this filter somebody marked. */
  false_positives: z.number().int(),
})
export type FilterFindings = z.output<typeof FilterFindings>

/** A UUID; anything else is just not there. */
const GuardrailName = z.string().min(1).max(200)

/** What a guardrail is told beside its name. */
export const GuardrailSettings = {
  description: z.string().max(1_000).nullish(),
  ...RestrictionInput,
  limit_usd: Usd.nullish(),
  reset_interval: LimitReset.nullish(),
  include_byok_in_budgets: z.boolean().optional(),
  /** The older single switch: stands for each group's own that the same request leaves out. */
  enforce_zdr: z.boolean().nullish(),
  ...FilterInput,
  allowed_data_regions: z.array(z.enum(DATA_REGIONS)).min(1).max(DATA_REGIONS.length).nullish(),
  on_filter_timeout: FilterTimeout.optional(),
}

const tag = 'Guardrails'
const answer = z.object({ data: GuardrailWire, warnings: Warnings })

const listGuardrails = operation({
  id: 'listGuardrails',
  method: 'GET',
  path: '/api/v1/guardrails',
  summary: 'List the guardrails of a workspace',
  tag,
  permission: 'guardrail:read',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, workspace_id: Uuid.optional() }),
  output: pageOf(GuardrailWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const createGuardrail = operation({
  id: 'createGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails',
  summary: 'Create a guardrail',
  tag,
  permission: 'guardrail:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ name: GuardrailName, workspace_id: Uuid.optional(), ...GuardrailSettings }),
  output: answer,
  errors: ['invalid_request', 'invalid_regex_pattern', 'unauthorized', 'forbidden', 'not_found'],
})

const getGuardrail = operation({
  id: 'getGuardrail',
  method: 'GET',
  path: '/api/v1/guardrails/{id}',
  summary: 'Get a guardrail',
  tag,
  permission: 'guardrail:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: GuardrailWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const updateGuardrail = operation({
  id: 'updateGuardrail',
  method: 'PATCH',
  path: '/api/v1/guardrails/{id}',
  summary: "Update a guardrail, or make a workspace's default one by its default_guardrail_id",
  tag,
  permission: 'guardrail:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef, name: GuardrailName.optional(), ...GuardrailSettings }),
  output: answer,
  errors: ['invalid_request', 'invalid_regex_pattern', 'unauthorized', 'forbidden', 'not_found'],
})

const deleteGuardrail = operation({
  id: 'deleteGuardrail',
  method: 'DELETE',
  path: '/api/v1/guardrails/{id}',
  summary: 'Delete a guardrail and its assignments',
  tag,
  permission: 'guardrail:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const listGuardrailFindings = operation({
  id: 'listGuardrailFindings',
  method: 'GET',
  path: '/api/v1/guardrails/{id}/findings',
  summary:
    'What each content filter of a guardrail found in the last 30 days, and how much of it was marked a false positive',
  tag,
  permission: 'guardrail:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({
    data: z.object({
      /** Counted are the requests from then on: of the last 30 days, or the newest of them where they are very many. */
      since: Timestamp,
      filters: z.array(FilterFindings),
    }),
  }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const listGuardrailKeyAssignments = operation({
  id: 'listGuardrailKeyAssignments',
  method: 'GET',
  path: '/api/v1/guardrails/{id}/assignments/keys',
  summary: 'List the keys a guardrail is assigned to',
  tag,
  permission: 'assignment:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef, ...PageQuery }),
  output: pageOf(KeyAssignmentWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const KeyHashes = z.array(KeyHash).min(1).max(1_000)
const MemberIds = z.array(UserId).min(1).max(1_000)

const bulkAssignKeysToGuardrail = operation({
  id: 'bulkAssignKeysToGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/assignments/keys',
  summary: 'Assign keys to a guardrail, in place of the one they have',
  tag,
  permission: 'assignment:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef, key_hashes: KeyHashes }),
  output: z.object({ assigned_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const bulkUnassignKeysFromGuardrail = operation({
  id: 'bulkUnassignKeysFromGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/assignments/keys/remove',
  summary: 'Take keys away from a guardrail',
  tag,
  permission: 'assignment:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef, key_hashes: KeyHashes }),
  output: z.object({ unassigned_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const listGuardrailMemberAssignments = operation({
  id: 'listGuardrailMemberAssignments',
  method: 'GET',
  path: '/api/v1/guardrails/{id}/assignments/members',
  summary: 'List the members a guardrail is assigned to',
  tag,
  permission: 'assignment:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef, ...PageQuery }),
  output: pageOf(MemberAssignmentWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const bulkAssignMembersToGuardrail = operation({
  id: 'bulkAssignMembersToGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/assignments/members',
  summary: 'Assign members to a guardrail, in place of the one they have',
  tag,
  permission: 'assignment:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef, member_user_ids: MemberIds }),
  output: z.object({ assigned_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const bulkUnassignMembersFromGuardrail = operation({
  id: 'bulkUnassignMembersFromGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/assignments/members/remove',
  summary: 'Take members away from a guardrail',
  tag,
  permission: 'assignment:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef, member_user_ids: MemberIds }),
  output: z.object({ unassigned_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const listKeyAssignments = operation({
  id: 'listKeyAssignments',
  method: 'GET',
  path: '/api/v1/guardrails/assignments/keys',
  summary: 'List all assignments of guardrails to keys',
  tag,
  permission: 'assignment:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(KeyAssignmentWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const listMemberAssignments = operation({
  id: 'listMemberAssignments',
  method: 'GET',
  path: '/api/v1/guardrails/assignments/members',
  summary: 'List all assignments of guardrails to members',
  tag,
  permission: 'assignment:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(MemberAssignmentWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const GUARDRAIL_OPERATIONS = {
  listGuardrails,
  createGuardrail,
  getGuardrail,
  updateGuardrail,
  deleteGuardrail,
  listGuardrailFindings,
  listGuardrailKeyAssignments,
  bulkAssignKeysToGuardrail,
  bulkUnassignKeysFromGuardrail,
  listGuardrailMemberAssignments,
  bulkAssignMembersToGuardrail,
  bulkUnassignMembersFromGuardrail,
  listKeyAssignments,
  listMemberAssignments,
} as const
