import type { PROJECT_OPERATIONS } from '../../contract/management/projects.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import {
  handleDeleteProjectBudget,
  handleGetProjectBudget,
  handleListProjectBudgets,
  handleUpsertProjectBudget,
} from './project-budgets.ts'
import {
  handleCreateProject,
  handleDeleteProject,
  handleGetProject,
  handleListProjects,
  handleUpdateProject,
} from './projects.ts'

export const PROJECT_HANDLERS: HandlersFor<typeof PROJECT_OPERATIONS, ControlContext, MemoryContext> = {
  listProjects: handleListProjects,
  createProject: handleCreateProject,
  getProject: handleGetProject,
  updateProject: handleUpdateProject,
  deleteProject: handleDeleteProject,
  listProjectBudgets: handleListProjectBudgets,
  getProjectBudget: handleGetProjectBudget,
  upsertProjectBudget: handleUpsertProjectBudget,
  deleteProjectBudget: handleDeleteProjectBudget,
}
