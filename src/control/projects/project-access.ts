import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { getLiveProject, type ProjectRow } from '../../store/queries/projects.ts'
import { getLiveWorkspace, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'

type ReadPermission = 'project:read' | 'budget:read'
type WritePermission = 'project:write' | 'budget:write'

export interface FoundProject {
  workspace: WorkspaceRow
  project: ProjectRow
}

/** A project that the actor may look at. Throws `not_found`. */
export async function findProject(
  context: ControlContext,
  permission: ReadPermission,
  named: { id: string; slug: string },
): Promise<FoundProject> {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), named.id)
  requireIn(context, permission, { workspaceId: workspace.id }, 'Workspace')
  return { workspace, project: await getLiveProject(context.tx, workspace.id, named.slug) }
}

/** A project that the actor may change: each in the workspace, or one that they lead. `isLead` for who may no more than that. */
export async function findProjectToChange(
  context: ControlContext,
  permission: WritePermission,
  named: { id: string; slug: string },
): Promise<FoundProject & { isLead: boolean }> {
  const reading = permission === 'project:write' ? 'project:read' : 'budget:read'
  const found = await findProject(context, reading, named)
  const { access } = context
  const isLead = access.userId !== null && found.project.lead_user_ids.includes(access.userId)
  const place = { workspaceId: found.workspace.id, ownerUserId: isLead ? access.userId : null }
  requireIn(context, permission, place, 'Project')
  return { ...found, isLead: reachIn(access, permission, found.workspace.id) === 'own' }
}

/** For what belongs to those who may change every project of the workspace. */
export function requireEveryProject(context: ControlContext, workspaceId: string): void {
  requireIn(context, 'project:write', { workspaceId }, 'Workspace')
}

/** Who leads a project is in the organization and sees the workspace. */
export function requireLeads(leads: readonly string[], members: ReadonlySet<string>): void {
  const stranger = leads.find((id) => !members.has(id))
  if (stranger !== undefined)
    throw new AppError('invalid_request', `lead_user_ids: ${stranger} is not a member of the workspace`)
}
