import type { ReactNode } from 'react'
import { type AnalyticsFilter, queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import { type AskedRange, isOfSingleRequests } from '../../analytics/ranges.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Count, Money } from '../../components/figures.tsx'
import { ErrorState, Skeleton } from '../../components/states.tsx'
import { formatLatency, formatShare } from '../../format/figures.ts'

/** The five figures of the period. */
export function FigureRow({ filters, range }: { filters: AnalyticsFilter[]; range: AskedRange }) {
  const hasPercentiles = isOfSingleRequests(range)
  const answer = useOperation(
    queryAnalytics,
    {
      metrics: [
        'total_usage',
        'request_count',
        'error_rate',
        'tokens_total',
        ...(hasPercentiles ? (['latency_p50', 'latency_p99'] as const) : (['latency_avg'] as const)),
      ],
      filters,
      time_range: range.time_range,
    },
    { keepsPrevious: true, everyMs: 30_000 },
  )
  if (answer.isError) return <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the figures" />
  const row = answer.data?.data.data[0]
  const isWaiting = answer.isPending
  const figure = (name: string) => Number(row?.[name] ?? 0)
  const rate = (name: string) => (typeof row?.[name] === 'number' ? Number(row[name]) : null)
  return (
    <dl className="mb-8 grid grid-cols-2 border-y border-line sm:grid-cols-3 lg:grid-cols-5">
      <Figure name="Spend" isWaiting={isWaiting}>
        <Money amount={figure('total_usage')} />
      </Figure>
      <Figure name="Requests" isWaiting={isWaiting}>
        <Count count={figure('request_count')} />
      </Figure>
      <Figure name="Errors" isWaiting={isWaiting}>
        <span className="figures">{formatShare(rate('error_rate'))}</span>
      </Figure>
      <Figure
        name="Latency"
        note={hasPercentiles ? `p99 ${formatLatency(rate('latency_p99'))}` : 'mean'}
        isWaiting={isWaiting}
      >
        <span className="figures">{formatLatency(rate(hasPercentiles ? 'latency_p50' : 'latency_avg'))}</span>
      </Figure>
      <Figure name="Tokens" isWaiting={isWaiting}>
        <Count count={figure('tokens_total')} />
      </Figure>
    </dl>
  )
}

function Figure({
  name,
  note,
  isWaiting,
  children,
}: {
  name: string
  note?: string
  isWaiting: boolean
  children: ReactNode
}) {
  return (
    <div className="py-3 pr-3">
      <dt className="text-sm text-muted">
        {name}
        {note === undefined || isWaiting ? null : <span className="ml-2 text-faint">{note}</span>}
      </dt>
      <dd className="mt-1 text-xl font-semibold">{isWaiting ? <Skeleton className="h-7 w-20" /> : children}</dd>
    </div>
  )
}
