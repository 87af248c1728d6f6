import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import { useReach } from '../../access/session.tsx'
import { askedRange, bucketsOf } from '../../analytics/ranges.ts'
import type { AnalyticsRow } from '../../analytics/series.ts'
import { useOperation } from '../../api/use-operation.ts'
import { useNow } from '../../components/figures.tsx'

const EVERY_MS = 60_000

/** What a key spent on each of the last 30 days, oldest first. */
export interface KeyUsage {
  spend: readonly number[]
  total: number
  requests: number
}

/** By hash, all keys of a page with one question; undefined while it is not known, or for whoever may not know. */
export function useKeyUsage(
  workspaceId: string,
  hashes: readonly string[],
): ((hash: string) => KeyUsage | undefined) | undefined {
  const range = askedRange('30d', useNow(EVERY_MS))
  const mayRead = useReach('analytics:read', workspaceId) !== undefined
  const answer = useOperation(
    queryAnalytics,
    {
      metrics: ['total_usage', 'request_count'],
      dimensions: ['api_key_id'],
      filters: [
        { field: 'workspace', operator: 'eq', value: workspaceId },
        { field: 'api_key_id', operator: 'in', value: [...hashes] },
      ],
      limit: 10_000,
      ...range,
    },
    { enabled: mayRead && hashes.length > 0, keepsPrevious: true },
  )
  if (answer.data === undefined) return undefined
  const days = bucketsOf(range)
  const usage = usageByKey(answer.data.data.data, days)
  return (hash) => usage.get(hash) ?? { spend: days.map(() => 0), total: 0, requests: 0 }
}

/** Days without a row are there with nothing. */
export function usageByKey(rows: readonly AnalyticsRow[], days: readonly string[]): ReadonlyMap<string, KeyUsage> {
  const found = new Map<string, { spend: number[]; total: number; requests: number }>()
  for (const row of rows) {
    const at = days.indexOf(String(row['date__day']))
    const hash = row['api_key_hash']
    if (at < 0 || typeof hash !== 'string') continue
    const usage = found.get(hash) ?? { spend: days.map(() => 0), total: 0, requests: 0 }
    const spent = Number(row['total_usage'] ?? 0)
    usage.spend[at] = spent
    usage.total += spent
    usage.requests += Number(row['request_count'] ?? 0)
    found.set(hash, usage)
  }
  return found
}
