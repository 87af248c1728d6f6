import type { Permission } from '../../../src/contract/common/permissions.ts'
import { reachOf } from '../access/access.ts'
import { useSession } from '../access/session.tsx'
import type { Choice } from '../components/field.tsx'
import { useWorkspaces } from './workspaces.tsx'

/** Where a permission is held, to choose from: the organization itself, whose value is empty, and workspaces by id. */
export function usePlaces(permission: Permission): readonly Choice[] {
  const { access } = useSession()
  const workspaces = useWorkspaces()
  const inOrganization = access.organization.has(permission) ? [{ value: '', label: 'The organization' }] : []
  const inWorkspaces = workspaces
    .filter(({ id }) => reachOf(access, permission, id) !== undefined)
    .map(({ id, name }) => ({ value: id, label: name }))
  return [...inOrganization, ...inWorkspaces]
}

/** What a place is called: a workspace by its name, null is the organization. */
export function usePlaceName(): (workspaceId: string | null) => string {
  const workspaces = useWorkspaces()
  return (workspaceId) => {
    if (workspaceId === null) return 'The organization'
    return workspaces.find(({ id }) => id === workspaceId)?.name ?? workspaceId
  }
}
