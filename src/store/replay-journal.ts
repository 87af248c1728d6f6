import { sql } from 'kysely'
import { NO_USAGE } from '../domain/pricing.ts'
import type { GenerationRecord, OpenRecord } from '../gateway/ports.ts'
import { postGenerations } from './post-generations.ts'
import { refreshAllPools } from './queries/pools.ts'
import type { Db } from './schema.ts'

const BATCH_RECORDS = 500

/**
 * Posts what a journal holds after a start: ends as they are, and openings without an end at their whole hold, as
 * `crash_padding`, because nobody knows what the provider billed. What the database has already changes nothing. Afterwards
 * every pool is what the ledger says.
 */
export async function replayJournal(
  db: Db,
  replay: { done: readonly GenerationRecord[]; unfinished: readonly OpenRecord[] },
  options: { isPrepaid: boolean; encode: (record: GenerationRecord) => Buffer },
): Promise<void> {
  const records = [...replay.done, ...replay.unfinished.map(toCrashPadding)]
  const generations = records.map((record) => ({ id: record.id, json: options.encode(record) }))
  for (let at = 0; at < records.length; at += BATCH_RECORDS) {
    await postGenerations(db, generations.slice(at, at + BATCH_RECORDS), options.isPrepaid)
  }
  await keepKeyIdsUnique(db, records)
  await refreshAllPools(db, options)
}

/** A key that the database forgot must not give its number, and so its counters, to the next one made. */
async function keepKeyIdsUnique(db: Db, records: readonly OpenRecord[]): Promise<void> {
  let highest = 0n
  for (const { keyId } of records) if (keyId > highest) highest = keyId
  if (highest === 0n) return
  await sql`SELECT setval(pg_get_serial_sequence('api_key', 'id'),
    greatest(${highest}::bigint, (SELECT last_value FROM api_key_id_seq)))`.execute(db)
}

/** The end of an inference of which nobody knows the end. */
export function toCrashPadding(open: OpenRecord): GenerationRecord {
  return {
    ...open,
    apiType: 'completions',
    upstreamId: null,
    cancelled: false,
    outcome: 'crash_padding',
    finishReason: 'error',
    nativeFinishReason: null,
    usage: NO_USAGE,
    usageEstimated: true,
    usageRaw: null,
    cost: open.spendKind === 'byok' ? 0n : open.held,
    byokCost: open.spendKind === 'byok' ? open.held : 0n,
    promptCost: 0n,
    uncharged: 0n,
    upstreamCost: null,
    latencyMs: null,
    generationTimeMs: null,
    attempts: [],
    ...(open.leases && { charges: open.leases }),
  }
}
