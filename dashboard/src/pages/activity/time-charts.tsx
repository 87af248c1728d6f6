import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import { bucketsOf, isOfSingleRequests } from '../../analytics/ranges.ts'
import { type AnalyticsRow, type Series, toLines } from '../../analytics/series.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Chart } from '../../components/charts/chart.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, Skeleton } from '../../components/states.tsx'
import { formatCount, formatLatency } from '../../format/figures.ts'
import type { ActivityQuestion } from './use-activity-question.ts'

/** Requests and what became of them, how long they took, and their tokens. */
export function TimeCharts({ asked: { filters, range } }: { asked: ActivityQuestion }) {
  const latencies = isOfSingleRequests(range) ? (['latency_p50', 'latency_p99'] as const) : (['latency_avg'] as const)
  const answer = useOperation(
    queryAnalytics,
    {
      metrics: ['request_count', 'error_rate', 'tokens_prompt', 'tokens_completion', ...latencies],
      filters,
      limit: 10_000,
      ...range,
    },
    { keepsPrevious: true },
  )
  if (answer.isPending) return <Skeleton className="mb-8 h-[280px]" />
  if (answer.isError) return <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the charts" />
  const rows = answer.data.data.data
  const how = { date: `date__${range.granularity}`, buckets: bucketsOf(range) }
  if (rows.length === 0) return null
  return (
    <div className="grid gap-x-10 lg:grid-cols-2">
      <Section title="Requests and errors">
        <Chart
          title="Requests and errors"
          series={toLines(rows.map(withOutcomes), { ...how, metrics: ['succeeded', 'failed'] })}
          shape="bars"
          format={formatCount}
          labels={{ succeeded: 'Succeeded', failed: 'Failed' }}
        />
      </Section>
      <Section title="Tokens">
        <Chart
          title="Tokens"
          series={toLines(rows, { ...how, metrics: ['tokens_prompt', 'tokens_completion'] })}
          shape="bars"
          format={formatCount}
          labels={{ tokens_prompt: 'Input', tokens_completion: 'Output' }}
        />
      </Section>
      <div className="lg:col-span-2">
        <Section title="Latency">
          <Chart
            title="Latency"
            series={measured(rows, { ...how, metrics: latencies })}
            shape="lines"
            format={formatLatency}
            labels={{ latency_p50: 'Median (p50)', latency_p99: 'Slowest of a hundred (p99)', latency_avg: 'Mean' }}
          />
        </Section>
      </div>
    </div>
  )
}

function withOutcomes(row: AnalyticsRow): AnalyticsRow {
  const requests = Number(row['request_count'] ?? 0)
  const failed = Math.round(requests * Number(row['error_rate'] ?? 0))
  return { ...row, failed, succeeded: requests - failed }
}

/** Without the times in which nothing was measured: they are no zeros. */
function measured(rows: readonly AnalyticsRow[], how: Parameters<typeof toLines>[1]): Series {
  const known = new Set(rows.filter((row) => row[how.metrics[0] ?? ''] != null).map((row) => String(row[how.date])))
  return toLines(rows, { ...how, buckets: how.buckets.filter((bucket) => known.has(bucket)) })
}
