import { newUuid } from '../../platform/ids.ts'
import { findRoleTemplate } from '../../store/queries/custom-roles.ts'
import { assignMembersByRole } from '../../store/queries/guardrail-assignments.ts'
import { findGuardrail } from '../../store/queries/guardrails.ts'
import { deleteLapsedGuardrails } from '../../store/queries/member-changes.ts'
import type { ControlContext } from '../context.ts'

/** A role as templates name it: one of the four, or the id of a custom one; null for a role that was lost. */
export type TemplateRole = string | null

/**
 * Gives members the guardrail that comes with the role they have got, wherever they work, and takes from them one that came
 * with a role they have no longer; one that an administrator has given them stays. Templates are the organization's, so an
 * Admin of one workspace may move a guardrail of another by giving a role. Call it when the memberships are written.
 */
export async function settleTemplateGuardrails(
  context: ControlContext,
  organizationId: string,
  userIds: readonly string[],
  role: TemplateRole,
): Promise<void> {
  if (userIds.length === 0) return
  await context.seeingAll(async () => {
    const template = role === null ? undefined : await findRoleTemplate(context.tx, organizationId, role)
    const id = template?.guardrail_id ?? null
    const guardrail = id === null ? undefined : await findGuardrail(context.tx, organizationId, id)
    if (guardrail === undefined) {
      const workspaceIds = await deleteLapsedGuardrails(context.tx, organizationId, userIds)
      for (const workspaceId of workspaceIds) context.changed('workspace', workspaceId, organizationId)
      return
    }
    const assignment = {
      organization_id: organizationId,
      workspace_id: guardrail.workspace_id,
      guardrail_id: guardrail.id,
      assigned_by: context.access.userId,
    }
    const members = userIds.map((userId) => ({ id: newUuid(), userId }))
    await assignMembersByRole(context.tx, assignment, members, context.now)
    context.changed('workspace', guardrail.workspace_id, organizationId)
  })
}
