import { PROJECT_OPERATIONS, type ProjectWire } from '../../src/contract/management/projects.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call, gateway, newSlug } from './request.ts'

/** In the Default workspace unless another is named. */
export async function newProject(
  fields: Partial<RequestOf<typeof PROJECT_OPERATIONS.createProject>> = {},
): Promise<ProjectWire> {
  const { data } = await call(PROJECT_OPERATIONS.createProject, {
    id: 'default',
    slug: newSlug(),
    name: 'Test',
    ...fields,
  })
  return data
}

/** What a browser of a member sends beside the path. */
export function as(who: 'developer' | 'viewer' | 'admin') {
  return { cookie: gateway.sessions[who].cookie, key: null, headers: { origin: gateway.url } } as const
}
