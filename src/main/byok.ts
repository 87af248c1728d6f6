import type { SnapshotTargets } from '../gateway/snapshot/apply-changes.ts'
import type { Snapshot } from '../gateway/snapshot/snapshot.ts'
import type { Observe } from '../observe/observation.ts'
import { loadByokCredentials } from '../store/load-byok.ts'
import { listOwnersOfByokKeys } from '../store/queries/byok.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'

export interface Byok extends Pick<SnapshotTargets, 'refreshByok'> {
  /** Reads those of all organizations. */
  load: () => Promise<void>
}

/** Keeps the customers' credentials of the snapshot as the database has them. */
export function createByok(
  db: Db,
  { snapshot, sealer, observe }: { snapshot: Snapshot; sealer: Sealer; observe: Observe },
): Byok {
  const refreshByok = async (organizationId: string) => {
    const all = await loadByokCredentials({ db, sealer, observe }, organizationId)
    snapshot.byok.put(organizationId, all)
    snapshot.catalogues.replaceCredentials(organizationId, all)
  }
  return {
    refreshByok,
    load: async () => {
      for (const organizationId of await listOwnersOfByokKeys(db)) await refreshByok(organizationId)
    },
  }
}
