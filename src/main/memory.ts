import type { Config } from '../config/config.ts'
import { FirstUses } from '../gateway/first-uses.ts'
import type { FlushLoop } from '../gateway/journal/flush-loop.ts'
import { KeyDirectory } from '../gateway/key-directory.ts'
import type { Chains } from '../gateway/lease/chains.ts'
import type { LeaseBook } from '../gateway/lease/lease-book.ts'
import type { LoadKey } from '../gateway/ports.ts'
import { applyChanges } from '../gateway/snapshot/apply-changes.ts'
import { withSurroundings } from '../gateway/snapshot/load-surroundings.ts'
import { Snapshot } from '../gateway/snapshot/snapshot.ts'
import type { SpendLimits } from '../gateway/snapshot/spend-limits.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Change } from '../store/change-feed.ts'
import type { Database } from '../store/database.ts'
import { loadOrganizations } from '../store/load-access-rules.ts'
import { loadPresets } from '../store/load-presets.ts'
import { findKey, findOrganizationParts, findWorkspace, loadKeys, loadWorkspaces } from '../store/load-snapshot.ts'
import type { Sealer } from '../store/sealer.ts'
import { createByok } from './byok.ts'
import type { Catalogues } from './catalogues.ts'
import { beginFollowing, type Following } from './following.ts'
import { createGuardrails } from './guardrails.ts'
import { createSpending } from './spending.ts'

const COUNT_SPENT_MS = 250

/** What the request path knows of the database without asking it. */
export interface Memory extends Following {
  snapshot: Snapshot
  keys: KeyDirectory
  firstUses: FirstUses
  chains: Chains
  limits: SpendLimits
}

export interface MemoryParts {
  config: Config
  observe: Observe
  catalogues: Catalogues
  sealer: Sealer
  leases: LeaseBook
  flush: FlushLoop
}

/** Reads what the request path must know, and follows from then on what is changed of it. */
export async function fillMemory(database: Database, context: MemoryParts): Promise<Memory> {
  const { config, observe, catalogues, sealer, leases, flush } = context
  const db = database.kysely
  const snapshot = new Snapshot(catalogues.views)
  const spending = createSpending(db, {
    snapshot,
    isPrepaid: config.billing === 'prepaid',
    versionOf: (organizationId) => following.feed.versionOf(organizationId),
    onLimit: (limit, isSure) => leases.limitChanged(limit, isSure),
  })
  const { chains, limits, refreshLimits, withLimits } = spending
  const { withGuardrails, load: loadGuardrails, ...guardrails } = createGuardrails(db, snapshot)
  const { refreshByok, load: loadByok } = createByok(db, { snapshot, sealer, observe })
  const loadWorkspace = (id: string) => findWorkspace(db, id)
  const loadOrganization = (id: string) => findOrganizationParts(db, id)
  const findWhole: LoadKey = withLimits(withGuardrails((hash) => findKey(db, hash, clock.now())))
  const loadKey = withSurroundings(findWhole, { snapshot, loadWorkspace, loadOrganization })
  const firstUses = new FirstUses()
  const keys = new KeyDirectory({ snapshot, load: loadKey, clock, firstUses })
  const readers = { loadKey, loadWorkspace, loadOrganization, refreshPrivate: catalogues.refreshPrivate }
  const countSpent = () => flush.waitUntilPosted(COUNT_SPENT_MS)
  const refreshPresets = async (workspaceId: string) =>
    snapshot.putPresets(workspaceId, await loadPresets(db, workspaceId))
  const targets = { snapshot, keys, ...readers, ...guardrails, refreshByok, countSpent, refreshLimits, refreshPresets }
  const apply = (changes: readonly Change[]) => applyChanges(targets, changes)
  const following = await beginFollowing(database, { config, observe, apply })
  await catalogues.loadPrivate()
  await loadGuardrails()
  await loadByok()
  await spending.load()
  for (const organization of await loadOrganizations(db)) snapshot.putOrganization(organization)
  for (const workspace of await loadWorkspaces(db)) snapshot.putWorkspace(workspace)
  for (const [id, presets] of Map.groupBy(await loadPresets(db), ({ workspaceId }) => workspaceId))
    snapshot.putPresets(id, presets)
  for (const key of await loadKeys(db, clock.now(), config.snapshotKeysMax)) snapshot.putKey(key)
  return { ...following, snapshot, keys, firstUses, chains, limits }
}
