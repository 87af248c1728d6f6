import { createClient } from '../../contract/client.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import { fromUsd, type NanoUsd } from '../../domain/money.ts'
import type { OurCost } from '../../domain/reconciliation.ts'
import { askJson } from '../api-client.ts'
import { BadExport } from '../import/bad-export.ts'

const ROWS_MAX = 10_000

export interface OurQuestion {
  origin: string
  key: string
  /** Slug. */
  provider: string
  /** `YYYY-MM`. */
  month: string
  /** What ran on customers' own credentials, in place of what ran on the installation's. */
  isByok: boolean
}

export interface OurCosts {
  costs: OurCost[]
  /** What ran on the credentials that aren't asked about. */
  elsewhere: NanoUsd
}

/** What the gateway worked out for a provider by day and model, by the ordinary operation of analytics. Throws BadExport for a slug that no
 *  provider has, ApiError, Unreachable. */
export async function readOurCosts({ origin, key, provider: slug, month, isByok }: OurQuestion): Promise<OurCosts> {
  const call = createClient({ baseUrl: origin, apiKey: key, fetch: askJson })
  const { data: providers } = await call(OPERATIONS.listProviders, {})
  const provider = providers.find((one) => one.slug === slug)
  if (provider === undefined) throw new BadExport(`--provider: no provider has the slug ${slug}`)
  const [own, shared] = [
    { cost: 'usage_byok', reported: 'usage_byok_reported' } as const,
    { cost: 'total_usage', reported: 'usage_reported' } as const,
  ]
  const [asked, other] = isByok ? [own, shared] : [shared, own]
  const { data } = await call(OPERATIONS.queryAnalytics, {
    metrics: [asked.cost, asked.reported, other.cost],
    dimensions: ['model'],
    granularity: 'day',
    filters: [{ field: 'provider', operator: 'eq', value: provider.name }],
    time_range: rangeOf(month),
    limit: ROWS_MAX,
  })
  if (data.metadata.truncated) throw new BadExport(`${month} has more than ${ROWS_MAX} models and days`)
  const rows = data.data.map((row) => ({
    date: String(row['date__day']),
    model: String(row['model']),
    cost: fromUsd(Number(row[asked.cost])),
    reported: fromUsd(Number(row[asked.reported])),
    elsewhere: fromUsd(Number(row[other.cost])),
  }))
  return {
    // What ran on the other credentials alone isn't there for the bill; what was free is.
    costs: rows.filter(({ cost, elsewhere, reported }) => cost > 0n || reported > 0n || elsewhere === 0n),
    elsewhere: rows.reduce((sum, row) => sum + row.elsewhere, 0n),
  }
}

function rangeOf(month: string): { start: string; end: string } {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const at = (months: number) => new Date(Date.UTC(year, months)).toISOString()
  return { start: at(number - 1), end: at(number) }
}
