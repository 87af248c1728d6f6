import type { KeyDirectory } from '../key-directory.ts'
import type { LoadKey } from '../ports.ts'
import type { KeySnapshot, OrganizationSnapshot, Snapshot, WorkspaceSnapshot } from './snapshot.ts'

export interface OrganizationParts {
  organization: OrganizationSnapshot
  workspaces: readonly WorkspaceSnapshot[]
}

export interface SnapshotTargets {
  snapshot: Snapshot
  keys: KeyDirectory
  loadKey: LoadKey
  loadWorkspace: (id: string) => Promise<WorkspaceSnapshot | undefined>
  /** An organization with its workspaces: their members' roles may have changed with it. */
  loadOrganization: (id: string) => Promise<OrganizationParts | undefined>
  /** Sees to it, as far as it can be done soon, that the database has counted what has been spent: a limit counts what was spent
   *  before it. */
  countSpent: () => Promise<unknown>
  /** Reads again what limits a workspace. */
  refreshLimits: (workspaceId: string) => Promise<void>
  /** Reads again which providers an organization has of its own. */
  refreshPrivate: (organizationId: string) => Promise<void>
  /** Reads again which credentials for providers an organization has brought. */
  refreshByok: (organizationId: string) => Promise<void>
  /** Read again which guardrails there are, and for whom. */
  refreshCeiling: (organizationId: string) => Promise<void>
  refreshGuardrails: (organizationId: string, workspaceId: string) => Promise<void>
  /** Reads again the presets of a workspace. */
  refreshPresets: (workspaceId: string) => Promise<void>
}

/** Brings the memory up to date with what was changed in the store: each thing named is read again, or forgotten. */
export async function applyChanges(
  targets: SnapshotTargets,
  changes: readonly { organizationId: string; kind: string; id: string }[],
): Promise<void> {
  for (const { organizationId, kind, id } of changes) {
    if (kind === 'key') await refreshKey(targets, id)
    else if (kind === 'workspace') {
      await targets.countSpent()
      await targets.refreshGuardrails(organizationId, id)
      await refreshWorkspace(targets, id)
    } else if (kind === 'organization') {
      await targets.refreshCeiling(id)
      await refreshOrganization(targets, id)
    } else if (kind === 'custom_provider') await targets.refreshPrivate(organizationId)
    else if (kind === 'preset') await targets.refreshPresets(id)
    else if (kind === 'byok_key') await targets.refreshByok(organizationId)
    else if (kind === 'everything') await refreshEverything(targets, organizationId)
  }
}

/** For changes that can't be told one by one any more. Keys come back one by one, as they are used. */
async function refreshEverything(targets: SnapshotTargets, organizationId: string): Promise<void> {
  const { snapshot, keys } = targets
  snapshot.removeKeysOf(organizationId)
  keys.forgetAll()
  await targets.refreshCeiling(organizationId)
  await refreshOrganization(targets, organizationId)
  for (const { id } of snapshot.workspacesOf(organizationId)) {
    await targets.refreshGuardrails(organizationId, id)
    await refreshWorkspace(targets, id)
    await targets.refreshPresets(id)
  }
  await targets.refreshPrivate(organizationId)
  await targets.refreshByok(organizationId)
}

async function refreshKey({ countSpent, snapshot, keys, loadKey }: SnapshotTargets, hash: string): Promise<void> {
  const found = await loadKey(hash)
  const before = snapshot.findKey(hash)
  if (found && before && isLimitedOtherwise(found, before)) await countSpent()
  keys.forget(hash)
  if (found === undefined) {
    snapshot.removeKey(hash)
    return
  }
  snapshot.putKey(found)
}

function isLimitedOtherwise(key: KeySnapshot, before: KeySnapshot): boolean {
  return (['guardrailId', 'includesByok', 'limit', 'limitInterval'] as const).some((name) => key[name] !== before[name])
}

async function refreshOrganization(targets: SnapshotTargets, id: string): Promise<void> {
  const found = await targets.loadOrganization(id)
  if (found === undefined) return
  targets.snapshot.putOrganization(found.organization)
  for (const workspace of found.workspaces) targets.snapshot.putWorkspace(workspace)
}

async function refreshWorkspace(targets: SnapshotTargets, id: string): Promise<void> {
  const { snapshot, loadWorkspace, refreshLimits } = targets
  await refreshLimits(id)
  const workspace = await loadWorkspace(id)
  if (workspace) snapshot.putWorkspace(workspace)
  else snapshot.removeWorkspace(id)
}
