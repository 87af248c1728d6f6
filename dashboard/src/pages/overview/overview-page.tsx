import { z } from 'zod'
import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import { useReach } from '../../access/session.tsx'
import { type AskedRange, askedRange, bucketsOf, RANGES, type RangeId } from '../../analytics/ranges.ts'
import { toSeries } from '../../analytics/series.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Chart } from '../../components/charts/chart.tsx'
import { SelectField } from '../../components/field.tsx'
import { useNow } from '../../components/figures.tsx'
import { Page, Section } from '../../components/page.tsx'
import { ErrorState, Skeleton } from '../../components/states.tsx'
import { formatMoney } from '../../format/money.ts'
import { useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { BudgetList } from './budget-list.tsx'
import { FigureRow } from './figure-row.tsx'
import { FirstSteps } from './first-steps.tsx'
import { TopModels } from './top-models.tsx'

const SHOWN = ['1h', '24h', '7d', '30d'] as const satisfies readonly RangeId[]
const Search = z.object({ range: z.enum(SHOWN).catch('7d').optional() })
const TOP = 6

/** What is happening in a workspace, and what it costs. */
export function OverviewPage() {
  const workspace = useWorkspace()
  const [{ range: id = '7d' }, change] = useFilters(Search)
  const reach = useReach('analytics:read', workspace.id)
  const range = askedRange(id, useNow(60_000))
  return (
    <Page
      title="Overview"
      description={
        reach === 'own'
          ? 'What you use in this workspace. Times are UTC.'
          : 'What is happening here, and what it costs. Times are UTC.'
      }
      action={
        <SelectField
          label="Period"
          isLabelHidden
          value={id}
          onChange={(event) => change({ range: event.target.value })}
          choices={SHOWN.map((value) => ({ value, label: RANGES[value].label }))}
        />
      }
    >
      <FirstSteps workspace={workspace} />
      <FigureRow filters={[{ field: 'workspace', operator: 'eq', value: workspace.id }]} range={range} />
      <Section title="Spend by model">
        <SpendChart workspaceId={workspace.id} range={range} />
      </Section>
      <div className="grid gap-x-10 lg:grid-cols-[3fr_2fr]">
        <TopModels workspaceId={workspace.id} range={range} />
        <BudgetList workspace={workspace} />
      </div>
    </Page>
  )
}

function SpendChart({ workspaceId, range }: { workspaceId: string; range: AskedRange }) {
  const answer = useOperation(
    queryAnalytics,
    {
      metrics: ['total_usage'],
      dimensions: ['model'],
      filters: [{ field: 'workspace', operator: 'eq', value: workspaceId }],
      limit: 10_000,
      ...range,
    },
    { keepsPrevious: true },
  )
  if (answer.isPending) return <Skeleton className="h-[280px]" />
  if (answer.isError) return <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the spend" />
  const series = toSeries(answer.data.data.data, {
    date: `date__${range.granularity}`,
    group: 'model',
    value: 'total_usage',
    buckets: bucketsOf(range),
    top: TOP,
  })
  if (series.names.length === 0)
    return <p className="border-y border-line py-8 text-center text-muted">Nothing was spent in this period.</p>
  return <Chart title="Spend by model" series={series} shape="bars" format={formatMoney} />
}
