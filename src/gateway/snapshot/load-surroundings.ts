import type { LoadKey } from '../ports.ts'
import type { OrganizationParts } from './apply-changes.ts'
import type { Snapshot, WorkspaceSnapshot } from './snapshot.ts'

/**
 * A look-up that brings along what a key can't be judged without: its workspace and its organization, where the memory doesn't
 * have them yet because they are as new as the key.
 */
export function withSurroundings(
  loadKey: LoadKey,
  memory: {
    snapshot: Snapshot
    loadWorkspace: (id: string) => Promise<WorkspaceSnapshot | undefined>
    loadOrganization: (id: string) => Promise<OrganizationParts | undefined>
  },
): LoadKey {
  const { snapshot, loadWorkspace, loadOrganization } = memory
  return async (hash) => {
    const found = await loadKey(hash)
    if (found === undefined) return undefined
    const { organizationId, workspaceId } = found
    if (snapshot.findOrganization(organizationId) === undefined) {
      const parts = await loadOrganization(organizationId)
      if (parts && snapshot.findOrganization(organizationId) === undefined) snapshot.putOrganization(parts.organization)
    }
    if (workspaceId !== null && snapshot.findWorkspace(workspaceId) === undefined) {
      const workspace = await loadWorkspace(workspaceId)
      if (workspace && snapshot.findWorkspace(workspaceId) === undefined) snapshot.putWorkspace(workspace)
    }
    return found
  }
}
