import { sql } from 'kysely'
import type { Db } from '../schema.ts'
import { funding } from './credits.ts'

export interface OrganizationMoney {
  /** All credits ever put in, less those taken back, wherever in the organization they are now. */
  credits: bigint
  /** All that was ever charged. */
  settled: bigint
}

/** Credits from the ledger and usage from the counter, in one statement, so that the two belong to one moment. */
export async function loadOrganizationMoney(db: Db, organizationId: string): Promise<OrganizationMoney> {
  const source = funding(organizationId)
  const result = await sql<OrganizationMoney>`
    SELECT
      coalesce((SELECT sum(amount_nano) FROM ledger_entry WHERE debit_account = ${source}), 0)::bigint
        - coalesce((SELECT sum(amount_nano) FROM ledger_entry WHERE credit_account = ${source}), 0)::bigint AS credits,
      coalesce((SELECT settled_nano FROM counter WHERE scope_kind = 'organization' AND scope_id = ${organizationId}
        AND kind = 'credit' AND interval = 'lifetime'), 0)::bigint AS settled`.execute(db)
  return result.rows[0] ?? { credits: 0n, settled: 0n }
}
