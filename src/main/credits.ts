import type { NanoUsd } from '../domain/money.ts'
import { loadOrganizationMoney } from '../store/queries/organization-money.ts'
import type { Db } from '../store/schema.ts'
import type { OrganizationMoney } from './store.ts'

export interface Credits {
  /** Null where it pays afterwards. */
  creditsOf: (organizationId: string) => NanoUsd | null
  /** Reads again what an organization has, after something was added or taken back. */
  refreshCredits: (organizationId: string) => Promise<void>
}

/** The credits of organizations in memory: the ledger's sums, which only those need that pay in advance. */
export function createCredits(db: Db, isPrepaid: boolean, money: readonly OrganizationMoney[]): Credits {
  if (!isPrepaid) return { creditsOf: () => null, refreshCredits: async () => {} }
  const known = new Map(money.map(({ organizationId, credits }) => [organizationId, credits]))
  return {
    creditsOf: (id) => known.get(id) ?? 0n,
    refreshCredits: async (id) => void known.set(id, (await loadOrganizationMoney(db, id)).credits),
  }
}
