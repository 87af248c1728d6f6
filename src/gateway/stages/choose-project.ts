import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '../../domain/app-error.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { ProjectLimits, SpendLimits, WorkspaceLimits } from '../snapshot/spend-limits.ts'

/**
 * What a request is counted in: the workspace of its key and, where there is one, a project. A key that belongs to a project
 * spends for no other; any other key names one by slug or id in `X-Switchyard-Project` (or `X-OpenRouter-Project`). Throws
 * `invalid_request` for a project that the workspace doesn't have, and for none where one is required.
 */
export function chooseProject(
  headers: IncomingHttpHeaders,
  key: KeySnapshot,
  limits: SpendLimits,
): { workspace: WorkspaceLimits; project: ProjectLimits | null } {
  const workspace = key.workspaceId === null ? undefined : limits.find(key.workspaceId)
  if (workspace === undefined) {
    throw new AppError('unavailable', 'The workspace of the key is not known yet', {}, { retryAfterSeconds: 1 })
  }
  const own = key.projectId === null ? undefined : limits.findProject(workspace.workspaceId, key.projectId)
  const name = headers['x-switchyard-project'] ?? headers['x-openrouter-project']
  if (typeof name === 'string' && name !== '') {
    const named = limits.findProject(workspace.workspaceId, name)
    if (named === undefined) throw new AppError('invalid_request', 'X-Switchyard-Project: unknown project')
    if (own !== undefined && own !== named) {
      throw new AppError('invalid_request', `X-Switchyard-Project: the key belongs to the project ${own.slug}`)
    }
    return { workspace, project: named }
  }
  if (own === undefined && workspace.requiresProject) {
    throw new AppError('invalid_request', 'X-Switchyard-Project: required, because requests of this workspace name one')
  }
  return { workspace, project: own ?? null }
}
