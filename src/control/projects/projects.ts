import type { PROJECT_OPERATIONS, ProjectWire } from '../../contract/management/projects.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { newUuid } from '../../platform/ids.ts'
import { findMembersAmong } from '../../store/queries/members.ts'
import { deleteProjectBudgetRows } from '../../store/queries/project-budgets.ts'
import { insertProject, listProjectRows, type ProjectRow, updateProjectRow } from '../../store/queries/projects.ts'
import { getLiveWorkspace, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { findProject, findProjectToChange, requireEveryProject, requireLeads } from './project-access.ts'

type Operations = typeof PROJECT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListProjects: Handler<'listProjects'> = async (input, context) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'project:read', { workspaceId: workspace.id }, 'Workspace')
  const { rows, total } = await listProjectRows(context.tx, workspace.id, toPage(input))
  return { data: rows.map(projectToWire), total_count: total }
}

export const handleGetProject: Handler<'getProject'> = async (input, context) => ({
  data: projectToWire((await findProject(context, 'project:read', input)).project),
})

export const handleCreateProject: Handler<'createProject'> = async (input, context) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireEveryProject(context, workspace.id)
  const row = await insertProject(context.tx, {
    id: newUuid(),
    organization_id: workspace.organization_id,
    workspace_id: workspace.id,
    slug: input.slug,
    name: input.name,
    description: input.description ?? null,
    lead_user_ids: await checkedLeads(input.lead_user_ids ?? [], workspace, context),
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  const data = projectToWire(row)
  context.changed('workspace', workspace.id)
  context.audit({ resource: 'project', id: row.id, workspaceId: workspace.id, after: data })
  return { data }
}

export const handleUpdateProject: Handler<'updateProject'> = async (input, context) => {
  const { workspace, project } = await findProjectToChange(context, 'project:write', input)
  if (input.lead_user_ids !== undefined) requireEveryProject(context, workspace.id)
  const row = await updateProjectRow(context.tx, project.id, {
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.lead_user_ids === undefined
      ? {}
      : { lead_user_ids: await checkedLeads(input.lead_user_ids, workspace, context) }),
    updated_at: toIso(context.now),
  })
  const data = projectToWire(row)
  const before = projectToWire(project)
  context.changed('workspace', workspace.id)
  context.audit({ resource: 'project', id: row.id, workspaceId: workspace.id, before, after: data })
  return { data }
}

export const handleDeleteProject: Handler<'deleteProject'> = async (input, context) => {
  const { workspace, project } = await findProject(context, 'project:read', input)
  requireEveryProject(context, workspace.id)
  await deleteProjectBudgetRows(context.tx, project.id)
  await updateProjectRow(context.tx, project.id, { deleted_at: toIso(context.now) })
  context.changed('workspace', workspace.id)
  const before = projectToWire(project)
  context.audit({ resource: 'project', id: project.id, workspaceId: workspace.id, before })
  return { deleted: true }
}

async function checkedLeads(leads: string[], workspace: WorkspaceRow, { tx }: ControlContext): Promise<string[]> {
  const unique = [...new Set(leads)]
  requireLeads(unique, await findMembersAmong(tx, workspace, unique))
  return unique
}

function projectToWire(row: ProjectRow): ProjectWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    slug: row.slug,
    name: row.name,
    description: row.description,
    lead_user_ids: row.lead_user_ids,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
  }
}
