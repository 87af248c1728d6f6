import type { PoolCredits } from '../gateway/lease/chain.ts'
import { Chains } from '../gateway/lease/chains.ts'
import type { Meter } from '../gateway/lease/meter.ts'
import type { LoadKey } from '../gateway/ports.ts'
import type { Snapshot } from '../gateway/snapshot/snapshot.ts'
import { SpendLimits } from '../gateway/snapshot/spend-limits.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { loadPoolCredits, loadWorkspaceLimits } from '../store/load-limits.ts'
import { loadSpend } from '../store/queries/counters.ts'
import type { Db } from '../store/schema.ts'

export interface Spending {
  limits: SpendLimits
  chains: Chains
  /** Reads all limits, and what was spent under them. */
  load: () => Promise<void>
  /** Reads again what is in the pools of an organization, after something was added or taken back. */
  refreshCredits: (organizationId: string) => Promise<void>
  refreshLimits: (workspaceId: string) => Promise<void>
  /** A key that is looked up may be newer than what the feed has brought; it isn't let in without what limits it. */
  withLimits: (loadKey: LoadKey) => LoadKey
}

/** Keeps in memory what may be spent, as the database has it. */
export function createSpending(
  db: Db,
  { isPrepaid, meter, snapshot }: { isPrepaid: boolean; meter: Meter; snapshot: Snapshot },
): Spending {
  const limits = new SpendLimits()
  const pools = new Map<string, PoolCredits>()
  const poolOf = (side: string): PoolCredits => {
    const pool = pools.get(side) ?? { credits: 0n }
    pools.set(side, pool)
    return pool
  }
  // Who pays afterwards has a balance that limits nothing; a pool of a workspace always does.
  const creditsOf = (side: string) => (isPrepaid || side.startsWith('workspace:') ? poolOf(side) : null)
  const readCredits = async (organizationId?: string) => {
    const wanted = organizationId === undefined ? { isPrepaid } : { isPrepaid, organizationId }
    for (const [side, credits] of await loadPoolCredits(db, wanted)) poolOf(side).credits = credits
  }
  const refreshLimits = async (workspaceId: string) => {
    const [found] = await loadWorkspaceLimits(db, workspaceId)
    if (found === undefined) limits.remove(workspaceId)
    else limits.put(found)
  }
  return {
    limits,
    chains: new Chains({ meter, limits, guardrails: snapshot.guardrails, creditsOf }),
    load: async () => {
      for (const found of await loadWorkspaceLimits(db)) limits.put(found)
      for (const { scopeKind, scopeId, spend } of await loadSpend(db, { now: clock.now() })) {
        meter.addScope({ scopeKind, scopeId, kind: 'credit' }, spend.credit)
        meter.addScope({ scopeKind, scopeId, kind: 'byok' }, spend.byok)
      }
      await readCredits()
    },
    refreshCredits: readCredits,
    refreshLimits,
    withLimits: (loadKey) => async (hash) => {
      const found = await loadKey(hash)
      const workspaceId = found?.key.workspaceId
      if (workspaceId && limits.find(workspaceId) === undefined) await refreshLimits(workspaceId)
      return found
    },
  }
}
