import type { Config } from '../config/config.ts'
import type { FlushLoop } from '../gateway/journal/flush-loop.ts'
import { InvoiceLoop } from '../jobs/invoice-loop.ts'
import type { SnapshotLoop } from '../jobs/snapshot-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from '../store/database.ts'
import { issueInvoices } from '../store/issue-invoices.ts'

const INVOICE_CHECK_MS = 900_000
const LATE_CHARGES_MS = 3_600_000
const FLUSH_WAIT_MS = 10_000

/** Issues invoices in the background, as soon as a month's charges are in. */
export function startInvoicing(
  { kysely: db }: Database,
  parts: { config: Config; observe: Observe; flush: FlushLoop; snapshots: SnapshotLoop | undefined },
): InvoiceLoop {
  const { config, flush, observe, snapshots } = parts
  return new InvoiceLoop({
    intervalMs: INVOICE_CHECK_MS,
    issue: async () => {
      // A request of the last second of a month may run to its deadline; then its charge has an hour to get here.
      const settledAt = clock.now() - config.requestDeadlineMs - LATE_CHARGES_MS
      if (!(await flush.waitUntilPosted(FLUSH_WAIT_MS))) return []
      const issued = await issueInvoices(db, { now: clock.now(), settledAt })
      if (issued.length > 0) snapshots?.changed()
      return issued
    },
    observe,
  })
}
