import type { Permission } from '../../contract/common/permissions.ts'
import type { CUSTOM_ROLE_OPERATIONS, CustomRoleWire } from '../../contract/management/custom-roles.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  type CustomRoleRow,
  countCustomRoleHolders,
  deleteCustomRoleRow,
  getCustomRole,
  listCustomRoleRows,
  saveCustomRole,
} from '../../store/queries/custom-roles.ts'
import { countOpenInvitationsWith } from '../../store/queries/invitations.ts'
import { toIso } from '../../store/schema.ts'
import { missingPermission, requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'

type Operations = typeof CUSTOM_ROLE_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListCustomRoles: Handler<'listCustomRoles'> = async (input, context) => {
  requireInOrganization(context, 'custom-role:read')
  const { rows, total } = await listCustomRoleRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(customRoleToWire), total_count: total }
}

export const handleGetCustomRole: Handler<'getCustomRole'> = async (input, context) => {
  requireInOrganization(context, 'custom-role:read')
  return { data: customRoleToWire(await getCustomRole(context.tx, organizationOf(context), input.id)) }
}

export const handleCreateCustomRole: Handler<'createCustomRole'> = async (input, context) => {
  requireInOrganization(context, 'custom-role:write')
  requireOwn(context, input.permissions)
  const row = await saveCustomRole(context.tx, {
    id: newUuid(),
    organization_id: organizationOf(context),
    name: input.name,
    description: input.description ?? null,
    permissions: input.permissions,
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  const data = customRoleToWire(row)
  context.audit({ resource: 'custom_role', id: row.id, workspaceId: null, after: data })
  return { data }
}

/** What the role gives changes at once for everybody who has it. */
export const handleUpdateCustomRole: Handler<'updateCustomRole'> = async (input, context) => {
  requireInOrganization(context, 'custom-role:write')
  const current = await getCustomRole(context.tx, organizationOf(context), input.id)
  requireOwn(context, input.permissions ?? [])
  const row = await saveCustomRole(context.tx, {
    ...current,
    created_at: toIso(current.created_at),
    name: input.name ?? current.name,
    description: input.description === undefined ? current.description : input.description,
    permissions: input.permissions ?? current.permissions,
    updated_at: toIso(context.now),
  })
  context.changed('organization', organizationOf(context))
  const data = customRoleToWire(row)
  const before = customRoleToWire(current)
  context.audit({ resource: 'custom_role', id: row.id, workspaceId: null, before, after: data })
  return { data }
}

export const handleDeleteCustomRole: Handler<'deleteCustomRole'> = async (input, context) => {
  requireInOrganization(context, 'custom-role:write')
  const role = await getCustomRole(context.tx, organizationOf(context), input.id)
  const holders = await countCustomRoleHolders(context.tx, role.id)
  if (holders > 0)
    throw new AppError('invalid_request', `id: ${holders} members still have this role; give them another one first`)
  const invited = await countOpenInvitationsWith(context.tx, role.id)
  if (invited > 0)
    throw new AppError('invalid_request', `id: ${invited} open invitations give this role; revoke them first`)
  await deleteCustomRoleRow(context.tx, organizationOf(context), role.id)
  context.audit({ resource: 'custom_role', id: role.id, workspaceId: null, before: customRoleToWire(role) })
  return { deleted: true }
}

/** Nobody puts into a role what they do not have themselves. */
function requireOwn({ access }: ControlContext, permissions: readonly Permission[]): void {
  const lacking = permissions.find((name) => name !== 'inference' && !access.organization.has(name))
  if (lacking !== undefined) throw missingPermission(lacking)
}

function customRoleToWire(row: CustomRoleRow): CustomRoleWire {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    permissions: row.permissions,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
  }
}
