import { sql } from 'kysely'
import type { HealthHour, HealthMinute, HealthStore } from '../domain/endpoint-trials.ts'
import { type Db, toIso } from './schema.ts'

/** Rows of one statement, of ten values each. */
const ROWS_MAX = 1_000
const HOUR_MS = 3_600_000

/** Where processes tell each other how endpoints fare; `processId` is this one's. */
export function createHealthStore(db: Db, processId: string): HealthStore {
  return {
    post: async (minutes) => {
      for (let at = 0; at < minutes.length; at += ROWS_MAX) {
        await insertMinutes(db, processId, minutes.slice(at, at + ROWS_MAX))
      }
    },
    load: (from, before) => loadMinutes(db, { processId, from, before }),
    loadHours: (from, before) => loadHours(db, from, before),
  }
}

async function insertMinutes(db: Db, processId: string, minutes: readonly HealthMinute[]): Promise<void> {
  await db
    .insertInto('endpoint_health')
    .values(
      minutes.map(({ endpointId, faults, latency, minute, succeeded, throughput, toolFaults, toolRequests }) => ({
        minute: toIso(minute),
        endpoint_id: endpointId,
        process_id: processId,
        succeeded,
        faults,
        tool_requests: toolRequests,
        tool_faults: toolFaults,
        latency: JSON.stringify(latency),
        throughput: JSON.stringify(throughput),
      })),
    )
    .onConflict((conflict) => conflict.columns(['minute', 'endpoint_id', 'process_id']).doNothing())
    .execute()
}

async function loadMinutes(
  db: Db,
  { processId, from, before }: { processId: string; from: number; before: number },
): Promise<(HealthMinute & { processId: string })[]> {
  const rows = await db
    .selectFrom('endpoint_health')
    .selectAll()
    .where(sql<boolean>`minute >= ${toIso(from)} AND minute < ${toIso(before)}`)
    .where('process_id', '<>', processId)
    .orderBy('minute')
    .execute()
  return rows.map((row) => ({
    processId: row.process_id,
    endpointId: row.endpoint_id,
    minute: row.minute,
    succeeded: row.succeeded,
    faults: row.faults,
    toolRequests: row.tool_requests,
    toolFaults: row.tool_faults,
    latency: row.latency,
    throughput: row.throughput,
  }))
}

async function loadHours(db: Db, from: number, before: number): Promise<HealthHour[]> {
  const { rows } = await sql<{ endpoint_id: string; hour: number; succeeded: number; faults: number }>`
    SELECT endpoint_id, floor(extract(epoch FROM minute) / 3600)::int AS hour,
      sum(succeeded)::int AS succeeded, sum(faults)::int AS faults
    FROM endpoint_health WHERE minute >= ${toIso(from)} AND minute < ${toIso(before)}
    GROUP BY 1, 2`.execute(db)
  return rows.map(({ endpoint_id: endpointId, faults, hour, succeeded }) => ({
    endpointId,
    hour: hour * HOUR_MS,
    succeeded,
    faults,
  }))
}
