import type { Config } from '../config/config.ts'
import { AuditHeadLoop } from '../jobs/audit-head-loop.ts'
import type { SnapshotLoop } from '../jobs/snapshot-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { type AuditHead, readAuditHeads } from '../store/audit-chain.ts'
import { AuditHeadFile } from '../store/audit-head-file.ts'
import type { Store } from '../store/open-store.ts'
import { toIso } from '../store/schema.ts'

const INTERVAL_MS = 3_600_000

export interface AuditHeads {
  auditKey: Buffer
  knownAuditHeads: () => readonly AuditHead[]
  loop: AuditHeadLoop
}

/** What keeps the ends of the audit logs in the data directory. */
export function createAuditHeads(
  { database }: Store,
  parts: { config: Config; auditKey: Buffer; snapshots: SnapshotLoop | undefined; observe: Observe },
): AuditHeads {
  const { auditKey } = parts
  const file = new AuditHeadFile(parts.config.dataDir)
  const loop = new AuditHeadLoop({
    intervalMs: INTERVAL_MS,
    read: () => readAuditHeads(database.kysely, auditKey, { now: toIso(clock.now()) }),
    untilDurable: async () => await parts.snapshots?.taken(),
    append: (heads) => file.append(heads),
    observe: parts.observe,
  })
  return { auditKey, knownAuditHeads: () => file.heads(), loop }
}
