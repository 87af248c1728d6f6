import { WORKSPACE_ROLES } from '../../contract/common/permissions.ts'
import type { CUSTOM_ROLE_OPERATIONS, RoleTemplateWire } from '../../contract/management/custom-roles.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import {
  deleteRoleTemplateRow,
  findRoleTemplate,
  getCustomRole,
  listRoleTemplateRows,
  type RoleTemplateRow,
  upsertRoleTemplate,
} from '../../store/queries/custom-roles.ts'
import { findGuardrail } from '../../store/queries/guardrails.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'

type Operations = typeof CUSTOM_ROLE_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListRoleTemplates: Handler<'listRoleTemplates'> = async (input, context) => {
  requireInOrganization(context, 'role-template:read')
  const { rows, total } = await listRoleTemplateRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(roleTemplateToWire), total_count: total }
}

/** What is left out stays as it is, or unlimited in a new template. Members keep what they got with their role. */
export const handleUpsertRoleTemplate: Handler<'upsertRoleTemplate'> = async (input, context) => {
  requireInOrganization(context, 'role-template:write')
  const organizationId = organizationOf(context)
  const role = await requireRole(input.role, context)
  const current = await findRoleTemplate(context.tx, organizationId, role)
  const { spending_limit_usd: limit } = input
  const row = await upsertRoleTemplate(context.tx, {
    organization_id: organizationId,
    role,
    key_creation: input.key_creation ?? current?.key_creation ?? true,
    spending_limit_nano: limit === undefined ? (current?.spending_limit_nano ?? null) : toNano(limit),
    limit_reset: input.limit_reset === undefined ? (current?.limit_reset ?? null) : input.limit_reset,
    key_rate_limit_rpm:
      input.key_rate_limit_rpm === undefined ? (current?.key_rate_limit_rpm ?? null) : input.key_rate_limit_rpm,
    guardrail_id:
      input.guardrail_id === undefined
        ? (current?.guardrail_id ?? null)
        : await guardrailOf(input.guardrail_id, context),
    created_at: toIso(context.now),
    updated_at: toIso(context.now),
  })
  const data = roleTemplateToWire(row)
  const before = current === undefined ? undefined : roleTemplateToWire(current)
  context.audit({ resource: 'role_template', id: role, workspaceId: null, before, after: data })
  return { data }
}

export const handleDeleteRoleTemplate: Handler<'deleteRoleTemplate'> = async (input, context) => {
  requireInOrganization(context, 'role-template:write')
  const role = input.role.toLowerCase()
  const current = await findRoleTemplate(context.tx, organizationOf(context), role)
  if (current === undefined) throw new AppError('not_found', 'Role template not found')
  await deleteRoleTemplateRow(context.tx, organizationOf(context), role)
  context.audit({ resource: 'role_template', id: role, workspaceId: null, before: roleTemplateToWire(current) })
  return { deleted: true }
}

/** One of the four as it is, a custom one by its id. Throws `not_found` for a role of another organization. */
async function requireRole(role: string, context: ControlContext): Promise<string> {
  if ((WORKSPACE_ROLES as readonly string[]).includes(role)) return role
  return (await getCustomRole(context.tx, organizationOf(context), role.toLowerCase())).id
}

async function guardrailOf(id: string | null, context: ControlContext): Promise<string | null> {
  if (id === null) return null
  const guardrail = await findGuardrail(context.tx, organizationOf(context), id)
  if (guardrail === undefined) throw new AppError('invalid_request', `guardrail_id: there is no guardrail ${id}`)
  return guardrail.id
}

function toNano(usd: number | null): bigint | null {
  return usd === null ? null : fromUsd(usd)
}

function roleTemplateToWire(row: RoleTemplateRow): RoleTemplateWire {
  return {
    role: row.role,
    key_creation: row.key_creation,
    spending_limit_usd: row.spending_limit_nano === null ? null : toUsd(row.spending_limit_nano),
    limit_reset: row.limit_reset,
    key_rate_limit_rpm: row.key_rate_limit_rpm,
    guardrail_id: row.guardrail_id,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  }
}
