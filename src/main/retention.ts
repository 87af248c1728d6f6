import type { Config } from '../config/config.ts'
import { RetentionLoop } from '../jobs/retention-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from '../store/database.ts'
import { deleteRowsBefore, type KeptForATime } from '../store/delete-old-rows.ts'
import { ADDRESS_TABLES, type AddressTable, forgetAddresses } from '../store/forget-addresses.ts'
import { beginOfGenerations, dropGenerationPartitions } from '../store/partitions.ts'
import type { Db } from '../store/schema.ts'

const SWEEP_MS = 3_600_000
const DAY_MS = 86_400_000
const DAYS_A_MONTH = 31

interface Kept {
  days: number
  what: string
}

/** Days from when it was made, or from its end where it has one, and what it is, for the operator. */
function keptFor({
  generationMonths,
  ioLogDays,
  ipDays,
  refusedDays,
}: Config): Record<Exclude<KeptForATime, 'generation' | 'generation_feedback' | 'false_positive'>, Kept> {
  return {
    refused_request: { days: refusedDays, what: 'refused requests' },
    refused_false_positive: { days: refusedDays, what: 'false positives of refused requests' },
    idempotent_request: { days: 1, what: 'answers to requests with an Idempotency-Key' },
    generation_content: { days: ioLogDays, what: 'logged prompts and answers' },
    broadcast_delivery: { days: 30, what: 'traces that no destination took' },
    // Of no use from their end on; the audit log tells who had them.
    session: { days: 1, what: 'expired sessions' },
    auth_code: { days: 1, what: 'used and expired authorization codes' },
    verification: { days: 1, what: 'expired links' },
    delivered: { days: 7, what: 'finished deliveries' },
    undeliverable: { days: 30, what: 'deliveries that were given up' },
    // Who has been away for longer reads everything again.
    change: { days: 1, what: 'changes that every process has followed' },
    // They are about addresses.
    security_event: { days: ipDays, what: 'security events' },
    // From its last use on: then it is a new one again.
    key_network: { days: ipDays, what: 'networks that keys were called from' },
    // Longer than anything is said of.
    endpoint_health: { days: 2, what: 'minutes of endpoints' },
    // Longer than any window they are told of once in.
    alert: { days: 400, what: 'alerts' },
    // Longer than any request that names them.
    rules_in_force: { days: DAYS_A_MONTH * (generationMonths + 1), what: 'guardrails and limits that were in force' },
    scim_sync_job: { days: 90, what: 'finished synchronizations of directories' },
    // Longer than a provider says anything again.
    payment_event: { days: 90, what: 'messages of payment providers' },
    // From a window's beginning: by then also a month is long over, and nothing asks about it any more.
    counter: { days: 100, what: 'counters of windows that are over' },
    // Longer than any message about one can be under way.
    ended_lease: { days: 1, what: 'leases that have ended' },
  }
}

/** Deletes what has been kept long enough, as long as the process runs. */
export function startRetention({ kysely }: Database, parts: { config: Config; observe: Observe }): RetentionLoop[] {
  const { config, observe } = parts
  const loop = (what: string, sweep: () => Promise<number>) =>
    new RetentionLoop({ intervalMs: SWEEP_MS, sweep, what, observe })
  const forget = forgetOldAddresses(kysely, config)
  const before = () => beginOfGenerations(clock.now(), config.generationMonths)
  return [
    loop('months of generations', () => dropGenerationPartitions(kysely, before())),
    loop('generations outside their months', () => deleteRowsBefore(kysely, 'generation', before())),
    loop('feedback on generations', () => deleteRowsBefore(kysely, 'generation_feedback', before())),
    loop('false positives of generations', () => deleteRowsBefore(kysely, 'false_positive', before())),
    ...ADDRESS_TABLES.map((table) => loop(`addresses of callers in ${table}`, () => forget(table))),
    ...Object.entries(keptFor(config)).map(([name, { days, what }]) =>
      loop(what, () => deleteRowsBefore(kysely, name as KeptForATime, clock.now() - days * DAY_MS)),
    ),
  ]
}

/** All of them at first, then those whose time has come since. */
function forgetOldAddresses(db: Db, { ipDays }: Config): (table: AddressTable) => Promise<number> {
  const done = new Map<AddressTable, number>()
  return async (table) => {
    const before = clock.now() - ipDays * DAY_MS
    const count = await forgetAddresses(db, table, { since: done.get(table) ?? 0, before })
    done.set(table, before)
    return count
  }
}
