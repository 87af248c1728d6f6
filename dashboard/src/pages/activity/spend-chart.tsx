import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import type { ResponseOf } from '../../../../src/contract/operation.ts'
import { bucketsOf } from '../../analytics/ranges.ts'
import { toSeries } from '../../analytics/series.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Chart } from '../../components/charts/chart.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, Skeleton } from '../../components/states.tsx'
import { formatMoney } from '../../format/money.ts'
import { DIMENSION_WORDS, withMemberNames } from './dimensions.ts'
import type { ActivityQuestion } from './use-activity-question.ts'

const TOP = 6

/** What was spent over time, by the largest six and the others together. */
export function SpendChart({ asked: { by, filters, range } }: { asked: ActivityQuestion }) {
  const title = `Spend by ${DIMENSION_WORDS[by].one.toLowerCase()}`
  const answer = useOperation(
    queryAnalytics,
    { metrics: ['total_usage'], dimensions: [by], filters, limit: 10_000, ...range },
    { keepsPrevious: true },
  )
  return (
    <Section title={title}>
      {answer.isPending ? (
        <Skeleton className="h-[280px]" />
      ) : answer.isError ? (
        <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the spend" />
      ) : (
        <SpendPicture title={title} by={by} range={range} answer={answer.data.data} />
      )}
    </Section>
  )
}

function SpendPicture({
  title,
  by,
  range,
  answer: { data, metadata },
}: Pick<ActivityQuestion, 'by' | 'range'> & { title: string; answer: ResponseOf<typeof queryAnalytics>['data'] }) {
  const series = toSeries(withMemberNames(data), {
    date: `date__${range.granularity}`,
    group: by,
    value: 'total_usage',
    buckets: bucketsOf(range),
    top: TOP,
  })
  if (series.names.length === 0)
    return <p className="border-y border-line py-8 text-center text-muted">Nothing was spent in this period.</p>
  return (
    <>
      <Chart title={title} series={series} shape="bars" format={formatMoney} />
      {metadata.truncated ? (
        <p className="mt-2 text-sm text-muted">There is more than can be drawn; the ranking below is whole.</p>
      ) : null}
    </>
  )
}
