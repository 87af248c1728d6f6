import { readConfig } from '../config/config.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { type AuditFault, type AuditHead, readAuditHeads, verifyAuditLog } from '../store/audit-chain.ts'
import { AuditHeadFile } from '../store/audit-head-file.ts'
import { readAuditKey } from '../store/installation.ts'
import type { Store } from '../store/open-store.ts'
import { toIso } from '../store/schema.ts'
import { openStoppedStore } from './stopped-store.ts'

/** What came of verifying the log of one organization; named as in the API's answer. */
export interface OfflineVerdict {
  organization_id: string
  is_intact: boolean
  rows_checked: number
  heads_checked: number
  fault: AuditFault | null
  /** Null when the database has no log of the organization, only a head elsewhere. */
  head: AuditHead | null
}

export interface OfflineOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Kept elsewhere, beside those in the data directory. */
  heads: readonly AuditHead[]
  onWarning: (message: string) => void
}

/**
 * Verifies the audit logs of an installation that isn't running, with the settings that it runs with, and leaves everything as
 * it is. Throws Unreachable when the store can't be opened, because there is none or somebody has it open; ConfigError,
 * StartRefused and MigrationRefused when settings and store don't fit.
 */
export async function verifyOffline({ env, heads, onWarning }: OfflineOptions): Promise<OfflineVerdict[]> {
  const { config } = readConfig(env)
  const store = await openStoppedStore(config, onWarning)
  try {
    return await verifyAll(store, [...new AuditHeadFile(config.dataDir).heads(), ...heads])
  } finally {
    await store.database.close()
    await store.lock?.release()
  }
}

/** Of every organization that the database or a head knows of: one whose log is gone altogether is found, too. */
async function verifyAll({ database, secrets }: Store, heads: readonly AuditHead[]): Promise<OfflineVerdict[]> {
  const db = database.kysely
  const auditKey = await readAuditKey(db, secrets)
  const ends = await readAuditHeads(db, auditKey, { now: toIso(clock.now()) })
  const verdicts: OfflineVerdict[] = []
  for (const organizationId of new Set([...ends, ...heads].map(({ organization_id }) => organization_id))) {
    const { rowsChecked, headsChecked, fault } = await verifyAuditLog(db, auditKey, { organizationId, heads })
    verdicts.push({
      organization_id: organizationId,
      is_intact: fault === null,
      rows_checked: rowsChecked,
      heads_checked: headsChecked,
      fault,
      head: ends.find(({ organization_id }) => organization_id === organizationId) ?? null,
    })
  }
  return verdicts
}
