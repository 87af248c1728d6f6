import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { SlugRef, WorkspaceRef } from '../common/path-names.ts'
import { Slug, Timestamp, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { BudgetInterval, BudgetLimit, BudgetWire } from './budgets.ts'

export const ProjectWire = z.object({
  id: Uuid,
  workspace_id: Uuid,
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** Members who may change the project and its budgets, up to what the workspace leaves. */
  lead_user_ids: z.array(z.string()),
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})
export type ProjectWire = z.output<typeof ProjectWire>

export const ProjectBudgetWire = BudgetWire.extend({ project_id: Uuid })
export type ProjectBudgetWire = z.output<typeof ProjectBudgetWire>

const LEADS_MAX = 20
const ProjectSettings = {
  description: z.string().max(500).nullish(),
  lead_user_ids: z.array(UserId).max(LEADS_MAX).optional(),
}
const Name = z.string().min(1).max(100)
const project = { id: WorkspaceRef, slug: SlugRef }
const budget = { ...project, interval: BudgetInterval }
const tag = 'Projects'
const path = '/api/v1/workspaces/{id}/projects'
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

const listProjects = operation({
  id: 'listProjects',
  method: 'GET',
  path,
  summary: 'List the projects of a workspace',
  tag,
  permission: 'project:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef, ...PageQuery }),
  output: pageOf(ProjectWire),
  errors: ['invalid_request', ...errors],
})

const createProject = operation({
  id: 'createProject',
  method: 'POST',
  path,
  summary: 'Create a project, by whose slug requests are tagged',
  tag,
  permission: 'project:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ ...project, slug: Slug, name: Name, ...ProjectSettings }),
  output: z.object({ data: ProjectWire }),
  errors: ['invalid_request', ...errors],
})

const getProject = operation({
  id: 'getProject',
  method: 'GET',
  path: `${path}/{slug}`,
  summary: 'Get a project',
  tag,
  permission: 'project:read',
  effect: 'read',
  input: z.strictObject(project),
  output: z.object({ data: ProjectWire }),
  errors,
})

const updateProject = operation({
  id: 'updateProject',
  method: 'PATCH',
  path: `${path}/{slug}`,
  summary: 'Change a project; who leads it is up to those who may change every project',
  tag,
  permission: 'project:write',
  effect: 'write',
  input: z.strictObject({ ...project, name: Name.optional(), ...ProjectSettings }),
  output: z.object({ data: ProjectWire }),
  errors: ['invalid_request', ...errors],
})

const deleteProject = operation({
  id: 'deleteProject',
  method: 'DELETE',
  path: `${path}/{slug}`,
  summary: 'Delete a project with its budgets; what it spent stays on record',
  tag,
  permission: 'project:write',
  effect: 'destructive',
  input: z.strictObject(project),
  output: z.object({ deleted: z.literal(true) }),
  errors,
})

const listProjectBudgets = operation({
  id: 'listProjectBudgets',
  method: 'GET',
  path: `${path}/{slug}/budgets`,
  summary: 'List the budgets of a project, shortest window first',
  tag,
  permission: 'budget:read',
  effect: 'read',
  input: z.strictObject(project),
  output: z.object({ data: z.array(ProjectBudgetWire) }),
  errors,
})

const getProjectBudget = operation({
  id: 'getProjectBudget',
  method: 'GET',
  path: `${path}/{slug}/budgets/{interval}`,
  summary: 'Get the budget of a project for one interval',
  tag,
  permission: 'budget:read',
  effect: 'read',
  input: z.strictObject(budget),
  output: z.object({ data: ProjectBudgetWire }),
  errors: ['invalid_request', ...errors],
})

const upsertProjectBudget = operation({
  id: 'upsertProjectBudget',
  method: 'PUT',
  path: `${path}/{slug}/budgets/{interval}`,
  summary: 'Set the budget of a project for one interval',
  tag,
  permission: 'budget:write',
  effect: 'write',
  input: z.strictObject({ ...budget, limit_usd: BudgetLimit }),
  output: z.object({ data: ProjectBudgetWire }),
  errors: ['invalid_request', ...errors],
})

const deleteProjectBudget = operation({
  id: 'deleteProjectBudget',
  method: 'DELETE',
  path: `${path}/{slug}/budgets/{interval}`,
  summary: 'Remove the budget of a project for one interval; nothing happens when there is none',
  tag,
  permission: 'budget:write',
  effect: 'destructive',
  input: z.strictObject(budget),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['invalid_request', ...errors],
})

export const PROJECT_OPERATIONS = {
  listProjects,
  createProject,
  getProject,
  updateProject,
  deleteProject,
  listProjectBudgets,
  getProjectBudget,
  upsertProjectBudget,
  deleteProjectBudget,
} as const
