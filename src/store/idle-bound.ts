import { type RawBuilder, sql } from 'kysely'

/** Nobody who asks for a share of a budget waits longer than 5 s (`gateway/lease/lease-session.ts`). */
export const LEASES_IDLE_SECONDS = 2
/** Less than a writer waits for the one before (`control/writer-turns.ts`). */
export const CHANGE_IDLE_SECONDS = 5

/**
 * Read by a transaction before it locks what others wait for: a process that is paused or cut off in the midst of one loses it
 * after this time without a word, and with it the locks. The embedded database has one process and pays no heed.
 */
export function idleBound(seconds: number): RawBuilder<string> {
  return sql<string>`set_config('idle_in_transaction_session_timeout', ${`${seconds}s`}, true)`
}
