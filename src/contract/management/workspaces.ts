import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { WorkspaceRef } from '../common/path-names.ts'
import { WORKSPACE_ROLES } from '../common/permissions.ts'
import { Flag, LimitReset, Slug, Timestamp, UserId, UUID_PATTERN, Uuid, Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { WorkspaceFundingInput, WorkspaceFundingWire } from './workspace-funding.ts'
import { WorkspaceAccessInput, WorkspaceAccessWire } from './workspace-settings.ts'

const SERVER_TOOLS = [
  'openrouter:advisor',
  'openrouter:apply_patch',
  'openrouter:bash',
  'openrouter:datetime',
  'openrouter:fusion',
  'openrouter:image_generation',
  'openrouter:experimental__search_models',
  'openrouter:shell',
  'openrouter:subagent',
  'openrouter:tool_search',
  'openrouter:web_fetch',
  'openrouter:web_search',
] as const

export const WorkspaceWire = z.object({
  id: Uuid,
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  /** Meant wherever no workspace is named. */
  is_default: z.boolean(),
  default_text_model: z.string().nullable(),
  default_image_model: z.string().nullable(),
  default_provider_sort: z.string().nullable(),
  default_guardrail_id: Uuid,
  include_byok_in_budgets: z.boolean(),
  io_logging_api_key_ids: z.array(z.number().int()).nullable(),
  io_logging_sampling_rate: z.number(),
  is_data_discount_logging_enabled: z.boolean(),
  is_observability_broadcast_enabled: z.boolean(),
  is_observability_io_logging_enabled: z.boolean(),
  is_io_logging_redacted: z.boolean(),
  disabled_server_tools: z.array(z.string()).nullable(),
  ...WorkspaceAccessWire,
  ...WorkspaceFundingWire,
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})
export type WorkspaceWire = z.output<typeof WorkspaceWire>

export const WorkspaceMemberWire = z.object({
  id: Uuid,
  workspace_id: Uuid,
  user_id: z.string(),
  role: z.enum(['admin', 'member']),
  /** Null beside a custom role. */
  workspace_role: z.enum(WORKSPACE_ROLES).nullable(),
  custom_role_id: Uuid.nullable(),
  /** What the member may spend in a window of `limit_reset`, over all their keys in the workspace. */
  spending_limit_usd: z.number().nullable(),
  limit_reset: LimitReset.nullable(),
  /** Whether the member may make keys, where their role allows it at all. */
  key_creation: z.boolean(),
  /** What a key that the member makes gets as its rate limit. */
  key_rate_limit_rpm: z.number().int().nullable(),
  created_at: Timestamp,
})
export type WorkspaceMemberWire = z.output<typeof WorkspaceMemberWire>

/** A path takes an id or a slug, and what looks like an id is taken for one: such a slug would name nothing, or another workspace. */
const WorkspaceSlug = Slug.refine((slug) => !UUID_PATTERN.test(slug), 'must not look like an id')
const Name = z.string().min(1).max(100)
const ModelName = z.string().min(1).max(200)

const WorkspaceSettings = {
  description: z.string().max(500).nullish(),
  default_text_model: ModelName.nullish(),
  default_image_model: ModelName.nullish(),
  default_provider_sort: z.enum(['price', 'throughput', 'latency', 'exacto']).nullish(),
  io_logging_api_key_ids: z.array(z.number().int().min(0)).max(1_000).nullish(),
  io_logging_sampling_rate: z.number().min(0.0001).max(1).optional(),
  is_data_discount_logging_enabled: z.boolean().optional(),
  is_observability_broadcast_enabled: z.boolean().optional(),
  is_observability_io_logging_enabled: z.boolean().optional(),
  is_io_logging_redacted: z.boolean().optional(),
  disabled_server_tools: z.array(z.enum(SERVER_TOOLS)).max(100).nullish(),
  ...WorkspaceAccessInput,
  ...WorkspaceFundingInput,
}

const tag = 'Workspaces'

export const listWorkspaces = operation({
  id: 'listWorkspaces',
  method: 'GET',
  path: '/api/v1/workspaces',
  summary: 'List workspaces',
  tag,
  permission: 'workspace:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(WorkspaceWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const createWorkspace = operation({
  id: 'createWorkspace',
  method: 'POST',
  path: '/api/v1/workspaces',
  summary: 'Create a workspace',
  tag,
  permission: 'workspace:create',
  effect: 'write',
  status: 201,
  input: z.strictObject({ name: Name, slug: WorkspaceSlug, ...WorkspaceSettings }),
  output: z.object({ data: WorkspaceWire, warnings: Warnings }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const getWorkspace = operation({
  id: 'getWorkspace',
  method: 'GET',
  path: '/api/v1/workspaces/{id}',
  summary: 'Get a workspace',
  tag,
  permission: 'workspace:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef }),
  output: z.object({ data: WorkspaceWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const updateWorkspace = operation({
  id: 'updateWorkspace',
  method: 'PATCH',
  path: '/api/v1/workspaces/{id}',
  summary: 'Update a workspace',
  tag,
  permission: 'workspace:update',
  effect: 'write',
  input: z.strictObject({
    id: WorkspaceRef,
    name: Name.optional(),
    slug: WorkspaceSlug.optional(),
    ...WorkspaceSettings,
  }),
  output: z.object({ data: WorkspaceWire, warnings: Warnings }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const deleteWorkspace = operation({
  id: 'deleteWorkspace',
  method: 'DELETE',
  path: '/api/v1/workspaces/{id}',
  summary: 'Delete a workspace',
  tag,
  permission: 'workspace:delete',
  effect: 'destructive',
  input: z.strictObject({
    id: WorkspaceRef,
    confirm_default_workspace_deletion: Flag.optional(),
  }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const listWorkspaceMembers = operation({
  id: 'listWorkspaceMembers',
  method: 'GET',
  path: '/api/v1/workspaces/{id}/members',
  summary: 'List the members of a workspace',
  tag,
  permission: 'member:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef, ...PageQuery }),
  output: pageOf(WorkspaceMemberWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const UserIds = z.array(UserId).min(1).max(100)

export const bulkAddWorkspaceMembers = operation({
  id: 'bulkAddWorkspaceMembers',
  method: 'POST',
  path: '/api/v1/workspaces/{id}/members/add',
  summary: 'Bulk add members to a workspace',
  tag,
  permission: 'member:write',
  effect: 'write',
  input: z.strictObject({ id: WorkspaceRef, user_ids: UserIds, workspace_role: z.enum(WORKSPACE_ROLES).optional() }),
  output: z.object({ added_count: z.number().int(), data: z.array(WorkspaceMemberWire) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const bulkRemoveWorkspaceMembers = operation({
  id: 'bulkRemoveWorkspaceMembers',
  method: 'POST',
  path: '/api/v1/workspaces/{id}/members/remove',
  summary: 'Bulk remove members from a workspace',
  tag,
  permission: 'member:write',
  effect: 'destructive',
  input: z.strictObject({ id: WorkspaceRef, user_ids: UserIds }),
  output: z.object({ removed_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})
