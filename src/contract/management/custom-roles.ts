import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { WORKSPACE_PERMISSIONS, WORKSPACE_ROLES, type WorkspacePermission } from '../common/permissions.ts'
import { LimitReset, Timestamp, Usd, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

const names = Object.keys(WORKSPACE_PERMISSIONS) as [WorkspacePermission, ...WorkspacePermission[]]
const Permissions = z
  .array(z.enum(names))
  .min(1)
  .max(names.length)
  .refine((given) => new Set(given).size === given.length, 'must name each permission once')
const RoleName = z.string().trim().min(1).max(100)
const Description = z.string().max(500).nullish()
const tag = 'Roles'
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

export const CustomRoleWire = z.object({
  id: Uuid,
  name: z.string(),
  description: z.string().nullable(),
  /** Each reaches everything in the workspace. */
  permissions: z.array(z.string()),
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})
export type CustomRoleWire = z.output<typeof CustomRoleWire>

const listCustomRoles = operation({
  id: 'listCustomRoles',
  method: 'GET',
  path: '/api/v1/organization/custom-roles',
  summary: 'List custom roles',
  tag,
  permission: 'custom-role:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(CustomRoleWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const createCustomRole = operation({
  id: 'createCustomRole',
  method: 'POST',
  path: '/api/v1/organization/custom-roles',
  summary: 'Create a custom role: a named subset of what an Admin of a workspace may',
  tag,
  permission: 'custom-role:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ name: RoleName, description: Description, permissions: Permissions }),
  output: z.object({ data: CustomRoleWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const getCustomRole = operation({
  id: 'getCustomRole',
  method: 'GET',
  path: '/api/v1/organization/custom-roles/{id}',
  summary: 'Get a custom role',
  tag,
  permission: 'custom-role:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: CustomRoleWire }),
  errors,
})

const updateCustomRole = operation({
  id: 'updateCustomRole',
  method: 'PATCH',
  path: '/api/v1/organization/custom-roles/{id}',
  summary: 'Update a custom role, for everybody who has it',
  tag,
  permission: 'custom-role:write',
  effect: 'write',
  input: z.strictObject({
    id: UuidRef,
    name: RoleName.optional(),
    description: Description,
    permissions: Permissions.optional(),
  }),
  output: z.object({ data: CustomRoleWire }),
  errors: ['invalid_request', ...errors],
})

const deleteCustomRole = operation({
  id: 'deleteCustomRole',
  method: 'DELETE',
  path: '/api/v1/organization/custom-roles/{id}',
  summary: 'Delete a custom role that nobody has',
  tag,
  permission: 'custom-role:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['invalid_request', ...errors],
})

/** One of the four roles of a workspace, or the id of a custom role. */
const RoleRef = z.union([z.enum(WORKSPACE_ROLES), UuidRef])

export const RoleTemplateWire = z.object({
  role: z.string(),
  key_creation: z.boolean(),
  spending_limit_usd: z.number().nullable(),
  limit_reset: LimitReset.nullable(),
  key_rate_limit_rpm: z.number().int().nullable(),
  /** Assigned to whoever gets the role, wherever they work. */
  guardrail_id: Uuid.nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type RoleTemplateWire = z.output<typeof RoleTemplateWire>

const listRoleTemplates = operation({
  id: 'listRoleTemplates',
  method: 'GET',
  path: '/api/v1/organization/role-templates',
  summary: 'List role templates',
  tag,
  permission: 'role-template:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(RoleTemplateWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const upsertRoleTemplate = operation({
  id: 'upsertRoleTemplate',
  method: 'PUT',
  path: '/api/v1/organization/role-templates/{role}',
  summary: 'Set what comes with a role: whoever gets the role from now on gets it with these terms',
  tag,
  permission: 'role-template:write',
  effect: 'write',
  input: z.strictObject({
    role: RoleRef,
    key_creation: z.boolean().optional(),
    spending_limit_usd: Usd.nullish(),
    limit_reset: LimitReset.nullish(),
    key_rate_limit_rpm: z.number().int().min(0).max(1_000_000).nullish(),
    guardrail_id: Uuid.nullish(),
  }),
  output: z.object({ data: RoleTemplateWire }),
  errors: ['invalid_request', ...errors],
})

const deleteRoleTemplate = operation({
  id: 'deleteRoleTemplate',
  method: 'DELETE',
  path: '/api/v1/organization/role-templates/{role}',
  summary: 'Delete a role template; who has the role keeps what came with it',
  tag,
  permission: 'role-template:write',
  effect: 'destructive',
  input: z.strictObject({ role: RoleRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors,
})

export const CUSTOM_ROLE_OPERATIONS = {
  listCustomRoles,
  createCustomRole,
  getCustomRole,
  updateCustomRole,
  deleteCustomRole,
  listRoleTemplates,
  upsertRoleTemplate,
  deleteRoleTemplate,
} as const
