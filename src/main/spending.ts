import { Chains, type ChainsParts } from '../gateway/lease/chains.ts'
import type { LoadKey } from '../gateway/ports.ts'
import type { Snapshot } from '../gateway/snapshot/snapshot.ts'
import { SpendLimits } from '../gateway/snapshot/spend-limits.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { loadWorkspaceLimits } from '../store/load-limits.ts'
import type { Db } from '../store/schema.ts'

export interface Spending {
  limits: SpendLimits
  chains: Chains
  /** Reads all limits. */
  load: () => Promise<void>
  refreshLimits: (workspaceId: string) => Promise<void>
  /** A key that is looked up may be newer than what the feed has brought; it isn't let in without what limits it. */
  withLimits: (loadKey: LoadKey) => LoadKey
}

/** Keeps in memory what limits spending, as the database has it. */
export function createSpending(
  db: Db,
  sources: { snapshot: Snapshot } & Pick<ChainsParts, 'isPrepaid' | 'versionOf' | 'onLimit'>,
): Spending {
  const limits = new SpendLimits()
  const refreshLimits = async (workspaceId: string) => {
    const [found] = await loadWorkspaceLimits(db, workspaceId)
    if (found === undefined) limits.remove(workspaceId)
    else limits.put(found)
  }
  const { snapshot, ...parts } = sources
  return {
    limits,
    chains: new Chains({ ...parts, now: clock.now, limits, guardrails: snapshot.guardrails }),
    load: async () => {
      for (const found of await loadWorkspaceLimits(db)) limits.put(found)
    },
    refreshLimits,
    withLimits: (loadKey) => async (hash) => {
      const key = await loadKey(hash)
      const workspaceId = key?.workspaceId
      if (workspaceId && limits.find(workspaceId) === undefined) await refreshLimits(workspaceId)
      return key
    },
  }
}
