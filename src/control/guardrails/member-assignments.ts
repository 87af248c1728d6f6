import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  assignMembers,
  findWorkspaceMembers,
  listMemberAssignmentRows,
  unassignMembers,
} from '../../store/queries/guardrail-assignments.ts'
import { type GuardrailRow, getGuardrail } from '../../store/queries/guardrails.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { requireGuardrail } from './guardrail-access.ts'
import { memberAssignmentToWire } from './guardrail-wire.ts'

type Operations = typeof GUARDRAIL_OPERATIONS

export const handleListGuardrailMemberAssignments: HandlerOf<
  Operations['listGuardrailMemberAssignments'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:read', guardrail)
  const { rows, total } = await listMemberAssignmentRows(context.tx, organizationOf(context), {
    guardrailId: guardrail.id,
    visible: 'all',
    ...toPage(input),
  })
  return { data: rows.map(memberAssignmentToWire), total_count: total }
}

export const handleListMemberAssignments: HandlerOf<Operations['listMemberAssignments'], ControlContext> = async (
  input,
  context,
) => {
  const { rows, total } = await listMemberAssignmentRows(context.tx, organizationOf(context), {
    visible: visibleIn(context.access, 'assignment:read').workspaceIds,
    ...toPage(input),
  })
  return { data: rows.map(memberAssignmentToWire), total_count: total }
}

/**
 * All or none. What an administrator of the organization or a management key assigns holds for the member everywhere; what an
 * Admin of the workspace assigns holds for its members there alone, so that no workspace decides for another.
 */
export const handleBulkAssignMembersToGuardrail: HandlerOf<
  Operations['bulkAssignMembersToGuardrail'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:write', guardrail)
  const isOrganizationWide = context.access.organization.has('assignment:write')
  const userIds = [...new Set(input.member_user_ids)]
  await requireMembers(context, guardrail, userIds, isOrganizationWide)
  const { id, organization_id, workspace_id } = guardrail
  await assignMembers(
    context.tx,
    {
      organization_id,
      workspace_id,
      guardrail_id: id,
      is_organization_wide: isOrganizationWide,
      assigned_by: context.access.userId,
    },
    userIds.map((userId) => ({ id: newUuid(), userId })),
    context.now,
  )
  context.changed('workspace', workspace_id)
  const after = { member_user_ids: userIds, workspace_id: isOrganizationWide ? null : workspace_id }
  context.audit({ resource: 'guardrail_assignment', id, workspaceId: workspace_id, after })
  return { assigned_count: userIds.length }
}

/** Counts the members who had the guardrail; others are left as they are, and so is what holds everywhere unless it is taken back
 *  by who could have given it. */
export const handleBulkUnassignMembersFromGuardrail: HandlerOf<
  Operations['bulkUnassignMembersFromGuardrail'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:write', guardrail)
  const from = { userIds: input.member_user_ids, inWorkspaceOnly: !context.access.organization.has('assignment:write') }
  const userIds = await unassignMembers(context.tx, guardrail.id, from)
  if (userIds.length > 0) context.changed('workspace', guardrail.workspace_id)
  const before = { member_user_ids: userIds }
  const { id, workspace_id: workspaceId } = guardrail
  context.audit({ resource: 'guardrail_assignment', id, workspaceId, before })
  return { unassigned_count: userIds.length }
}

/** Everybody in the organization works in the Default workspace. */
async function requireMembers(
  context: ControlContext,
  guardrail: GuardrailRow,
  userIds: readonly string[],
  isOrganizationWide: boolean,
): Promise<void> {
  const inOrganization = await findOrganizationRoles(context.tx, guardrail.organization_id, userIds)
  const strangers = userIds.filter((userId) => !inOrganization.has(userId))
  if (strangers.length > 0) throw notMembers(strangers, 'the organization')
  if (isOrganizationWide) return
  const workspace = await getLiveWorkspace(context.tx, guardrail.organization_id, guardrail.workspace_id)
  if (workspace.is_default) return
  const inWorkspace = await findWorkspaceMembers(context.tx, workspace.id, userIds)
  const outsiders = userIds.filter((userId) => !inWorkspace.has(userId))
  if (outsiders.length > 0) throw notMembers(outsiders, 'the workspace')
}

function notMembers(userIds: readonly string[], place: string): AppError {
  const names = userIds.slice(0, 10).join(', ')
  return new AppError('invalid_request', `member_user_ids: not a member of ${place}: ${names}`)
}
