import { type Selectable, sql } from 'kysely'
import { type BookedPrices, fromBooked } from '../../domain/booked-prices.ts'
import type { Rules } from '../../domain/decision.ts'
import type { Prices } from '../../domain/pricing.ts'
import type { Db } from '../schema.ts'
import type { RefusedRequestTable } from '../tables/requests.ts'

export type RefusedRequestRow = Selectable<RefusedRequestTable>

export async function findRefusedRequest(
  db: Db,
  organizationId: string,
  requestId: string,
): Promise<RefusedRequestRow | undefined> {
  return await db
    .selectFrom('refused_request')
    .selectAll()
    .where('id', '=', requestId)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
}

/** What a decision calls `rules`; undefined when it was lost. */
export async function findRules(db: Db, organizationId: string, id: string): Promise<Rules | undefined> {
  const row = await db
    .selectFrom('rules_in_force')
    .select('rules')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.rules
}

export interface PricesAtProvider {
  provider: string
  /** Whether the provider is the organization's own. */
  isOwn: boolean
  prices: Prices
}

interface BookedRow {
  provider: string
  is_own: boolean
  prices: BookedPrices
}

/** The prices of a model at a version of the price book, at each provider. `version` is that of the installation's prices, behind
 *  it with a `+` that of the organization's own. */
export async function findBookedPrices(
  db: Db,
  { organizationId, version, model }: { organizationId: string; version: string; model: string },
): Promise<PricesAtProvider[]> {
  const [shared = '', own = ''] = version.split('+')
  const { rows } = await sql<BookedRow>`
    SELECT entry ->> 'provider' AS provider, is_own, entry -> 'prices' AS prices
    FROM (
      SELECT prices, false AS is_own FROM price_book WHERE version = ${shared}
      UNION ALL
      SELECT prices, true FROM custom_price_book WHERE organization_id = ${organizationId} AND version = ${own}
    ) AS book CROSS JOIN LATERAL jsonb_array_elements(book.prices) AS entry
    WHERE entry ->> 'model' = ${model}`.execute(db)
  return rows.map(({ provider, is_own, prices }) => ({
    provider,
    isOwn: is_own,
    prices: fromBooked(prices),
  }))
}
