import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Flag, Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

const tag = 'SCIM'
const Role = z.enum(['admin', 'member'])

export const ScimTokenWire = z.object({ id: Uuid, name: z.string(), label: z.string(), created_at: Timestamp })
export type ScimTokenWire = z.output<typeof ScimTokenWire>

export const ScimGroupWire = z.object({
  id: Uuid,
  organization_id: z.string(),
  display_name: z.string(),
  external_id: z.string().nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type ScimGroupWire = z.output<typeof ScimGroupWire>

export const ScimGroupMappingWire = z.object({
  id: Uuid,
  organization_id: z.string(),
  scim_group_id: Uuid,
  workspace_id: Uuid,
  role: Role,
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type ScimGroupMappingWire = z.output<typeof ScimGroupMappingWire>

export const ScimSyncJobWire = z.object({
  id: Uuid,
  status: z.enum(['queued', 'running', 'succeeded', 'failed']),
  synced_groups: z.number().int().nullable(),
  deleted_groups: z.number().int().nullable(),
  error_message: z.string().nullable(),
  created_at: Timestamp,
  started_at: Timestamp.nullable(),
  finished_at: Timestamp.nullable(),
})
export type ScimSyncJobWire = z.output<typeof ScimSyncJobWire>

const listScimTokens = operation({
  id: 'listScimTokens',
  method: 'GET',
  path: '/api/v1/scim/tokens',
  summary: 'List the tokens of directory services',
  tag,
  permission: 'scim:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(ScimTokenWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const createScimToken = operation({
  id: 'createScimToken',
  method: 'POST',
  path: '/api/v1/scim/tokens',
  summary: 'Create a token for a directory service',
  tag,
  permission: 'scim:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ name: z.string().min(1).max(100) }),
  output: z.object({ data: ScimTokenWire, token: z.string() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const deleteScimToken = operation({
  id: 'deleteScimToken',
  method: 'DELETE',
  path: '/api/v1/scim/tokens/{id}',
  summary: 'Delete a token of a directory service',
  tag,
  permission: 'scim:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const listScimGroups = operation({
  id: 'listScimGroups',
  method: 'GET',
  path: '/api/v1/scim/groups',
  summary: 'List SCIM groups',
  tag,
  permission: 'scim:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(ScimGroupWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const listScimGroupMappings = operation({
  id: 'listScimGroupMappings',
  method: 'GET',
  path: '/api/v1/scim/group-mappings',
  summary: 'List SCIM group mappings',
  tag,
  permission: 'scim:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(ScimGroupMappingWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const createScimGroupMapping = operation({
  id: 'createScimGroupMapping',
  method: 'POST',
  path: '/api/v1/scim/group-mappings',
  summary: 'Give the members of a SCIM group a role in a workspace',
  tag,
  permission: 'scim:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ scim_group_id: Uuid, workspace_id: Uuid, role: Role }),
  output: z.object({ data: ScimGroupMappingWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict'],
})

const getScimGroupMapping = operation({
  id: 'getScimGroupMapping',
  method: 'GET',
  path: '/api/v1/scim/group-mappings/{id}',
  summary: 'Get a SCIM group mapping',
  tag,
  permission: 'scim:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: ScimGroupMappingWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const updateScimGroupMapping = operation({
  id: 'updateScimGroupMapping',
  method: 'PATCH',
  path: '/api/v1/scim/group-mappings/{id}',
  summary: 'Change the role that a SCIM group mapping gives',
  tag,
  permission: 'scim:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef, role: Role }),
  output: z.object({ data: ScimGroupMappingWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const deleteScimGroupMapping = operation({
  id: 'deleteScimGroupMapping',
  method: 'DELETE',
  path: '/api/v1/scim/group-mappings/{id}',
  summary: 'Delete a SCIM group mapping, and keep or remove the members it gave',
  tag,
  permission: 'scim:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef, keep_members: Flag }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const createScimSyncJob = operation({
  id: 'createScimSyncJob',
  method: 'POST',
  path: '/api/v1/scim/sync-jobs',
  summary: 'Derive all memberships from the group mappings anew',
  tag,
  permission: 'scim:write',
  effect: 'write',
  status: 202,
  input: z.strictObject({}),
  output: z.object({ data: ScimSyncJobWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const getScimSyncJob = operation({
  id: 'getScimSyncJob',
  method: 'GET',
  path: '/api/v1/scim/sync-jobs/{id}',
  summary: 'Get a SCIM sync job',
  tag,
  permission: 'scim:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: ScimSyncJobWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const SCIM_OPERATIONS = {
  listScimTokens,
  createScimToken,
  deleteScimToken,
  listScimGroups,
  listScimGroupMappings,
  createScimGroupMapping,
  getScimGroupMapping,
  updateScimGroupMapping,
  deleteScimGroupMapping,
  createScimSyncJob,
  getScimSyncJob,
} as const
