import type { LoadKey } from '../gateway/ports.ts'
import type { SnapshotTargets } from '../gateway/snapshot/apply-changes.ts'
import type { KeySnapshot, Snapshot } from '../gateway/snapshot/snapshot.ts'
import {
  findWorkspaceOfGuardrail,
  loadOrganizationCeilings,
  loadWorkspaceGuardrails,
} from '../store/load-guardrails.ts'
import type { Db } from '../store/schema.ts'

export interface Guardrails extends Pick<SnapshotTargets, 'refreshCeiling' | 'refreshGuardrails'> {
  load: () => Promise<void>
  /** A key that is looked up may be newer than what the feed has brought; it isn't let in without what restricts it. */
  withGuardrails: (loadKey: LoadKey) => LoadKey
}

/** Keeps the guardrails of the snapshot as the database has them. */
export function createGuardrails(db: Db, snapshot: Snapshot): Guardrails {
  const { guardrails } = snapshot
  const refreshGuardrails = async (organizationId: string, workspaceId: string) => {
    const none = { workspaceId, organizationId, defaultId: null, guardrails: [], members: [] }
    const [found = none] = await loadWorkspaceGuardrails(db, workspaceId)
    guardrails.putWorkspace(found)
  }
  const admit = async ({ organizationId, workspaceId, guardrailId }: KeySnapshot) => {
    if (workspaceId !== null && snapshot.findWorkspace(workspaceId) === undefined) {
      await refreshGuardrails(organizationId, workspaceId)
    }
    if (guardrailId === null || guardrails.has(organizationId, guardrailId)) return
    const owner = await findWorkspaceOfGuardrail(db, guardrailId)
    if (owner !== undefined) await refreshGuardrails(organizationId, owner)
  }
  return {
    load: async () => {
      for (const ceiling of await loadOrganizationCeilings(db)) guardrails.putCeiling(ceiling)
      for (const workspace of await loadWorkspaceGuardrails(db)) guardrails.putWorkspace(workspace)
    },
    refreshCeiling: async (organizationId) => {
      const [found = { organizationId, policy: null, phrases: [] }] = await loadOrganizationCeilings(db, organizationId)
      guardrails.putCeiling(found)
    },
    refreshGuardrails,
    withGuardrails: (loadKey) => async (hash) => {
      const found = await loadKey(hash)
      if (found !== undefined) await admit(found.key)
      return found
    },
  }
}
