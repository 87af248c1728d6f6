import { z } from 'zod'
import { NameRef, WorkspaceRef } from '../common/path-names.ts'
import { ORGANIZATION_ROLES, WORKSPACE_ROLES } from '../common/permissions.ts'
import { LimitReset, Usd, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { OrganizationMemberWire } from './organization.ts'
import { WorkspaceMemberWire } from './workspaces.ts'

const updateWorkspaceMember = operation({
  id: 'updateWorkspaceMember',
  method: 'PATCH',
  path: '/api/v1/workspaces/{id}/members/{user_id}',
  summary: 'Change the role or the spending limit of a workspace member',
  tag: 'Workspaces',
  permission: 'member:write',
  effect: 'write',
  input: z.strictObject({
    id: WorkspaceRef,
    user_id: NameRef,
    workspace_role: z.enum(WORKSPACE_ROLES).optional(),
    custom_role_id: Uuid.optional(),
    spending_limit_usd: Usd.nullish(),
    limit_reset: LimitReset.nullish(),
  }),
  output: z.object({ data: WorkspaceMemberWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const deleteWorkspaceMember = operation({
  id: 'deleteWorkspaceMember',
  method: 'DELETE',
  path: '/api/v1/workspaces/{id}/members/{user_id}',
  summary: 'Remove a member from a workspace, with their keys in it',
  tag: 'Workspaces',
  permission: 'member:write',
  effect: 'destructive',
  input: z.strictObject({
    id: WorkspaceRef,
    user_id: NameRef,
    keys: z.enum(['transfer', 'delete']).optional(),
    transfer_to: UserId.optional(),
  }),
  output: z.object({ deleted: z.literal(true), key_hashes: z.array(z.string()) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const updateOrganizationMember = operation({
  id: 'updateOrganizationMember',
  method: 'PATCH',
  path: '/api/v1/organization/members/{id}',
  summary: "Change a member's role in the organization",
  tag: 'Organization',
  permission: 'organization-member:write',
  effect: 'write',
  input: z.strictObject({ id: NameRef, role: z.enum(ORGANIZATION_ROLES) }),
  output: z.object({ data: OrganizationMemberWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const deleteOrganizationMember = operation({
  id: 'deleteOrganizationMember',
  method: 'DELETE',
  path: '/api/v1/organization/members/{id}',
  summary: 'Remove a member from the organization and all its workspaces, and settle what becomes of their keys',
  tag: 'Organization',
  permission: 'organization-member:write',
  effect: 'destructive',
  input: z.strictObject({
    id: NameRef,
    /** Disabled unless said otherwise. */
    keys: z.enum(['disable', 'transfer', 'delete']).optional(),
    transfer_to: UserId.optional(),
  }),
  output: z.object({ deleted: z.literal(true), key_hashes: z.array(z.string()) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const MEMBER_OPERATIONS = {
  updateWorkspaceMember,
  deleteWorkspaceMember,
  updateOrganizationMember,
  deleteOrganizationMember,
} as const
