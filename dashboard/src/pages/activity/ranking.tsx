import { Download } from 'lucide-react'
import { queryAnalytics } from '../../../../src/contract/management/analytics.ts'
import { saveText, toCsv } from '../../analytics/csv.ts'
import type { AnalyticsRow } from '../../analytics/series.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Count, Money } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { formatLatency, formatShare } from '../../format/figures.ts'
import { DIMENSION_WORDS, withMemberNames } from './dimensions.ts'
import type { ActivityQuestion } from './use-activity-question.ts'

const SHOWN_MAX = 100
const METRICS = [
  'total_usage',
  'request_count',
  'error_rate',
  'tokens_prompt',
  'tokens_completion',
  'latency_avg',
] as const

/** Who or what used most. */
export function Ranking({ asked }: { asked: ActivityQuestion }) {
  const { by, filters, range } = asked
  const { many } = DIMENSION_WORDS[by]
  const answer = useOperation(
    queryAnalytics,
    { metrics: [...METRICS], dimensions: [by], filters, time_range: range.time_range, limit: SHOWN_MAX },
    { keepsPrevious: true },
  )
  const rows = withMemberNames(answer.data?.data.data ?? [])
  return (
    <Section
      title={`Ranking of ${many}`}
      description={rows.length === SHOWN_MAX ? `The ${SHOWN_MAX} largest by spend.` : 'By spend, the largest first.'}
      action={
        rows.length === 0 ? undefined : (
          <Button size="small" onClick={() => save(rows, asked)}>
            <Download aria-hidden />
            CSV
          </Button>
        )
      }
    >
      <Loaded query={answer} what="the ranking">
        {() =>
          rows.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">Nothing was called in this period.</p>
          ) : (
            <DataTable
              caption={`Ranking of ${many}`}
              columns={columns(asked, rows)}
              rows={rows}
              keyOf={(row) => METRICS.reduce((key, metric) => `${key} ${row[metric]}`, nameOf(row, by))}
              isDimmed={answer.isPlaceholderData}
            />
          )
        }
      </Loaded>
    </Section>
  )
}

function columns({ by, change }: ActivityQuestion, rows: readonly AnalyticsRow[]): readonly Column<AnalyticsRow>[] {
  const total = rows.reduce((sum, row) => sum + figure(row, 'total_usage'), 0)
  const { one, isName } = DIMENSION_WORDS[by]
  return [
    {
      id: 'name',
      header: one,
      cell: (row) => {
        const name = nameOf(row, by)
        const text = <span className="block max-w-80 min-w-32 text-left break-words">{name}</span>
        if (!isName || row[by] == null) return text
        return (
          <button
            type="button"
            className="font-mono text-sm hover:text-accent-text"
            title={`Only ${name}`}
            onClick={() => change({ [by]: name })}
          >
            {text}
          </button>
        )
      },
    },
    { id: 'spend', header: 'Spend', align: 'right', cell: (row) => <Money amount={figure(row, 'total_usage')} /> },
    {
      id: 'share',
      header: 'Share',
      align: 'right',
      from: 'md',
      cell: (row) => formatShare(total === 0 ? null : figure(row, 'total_usage') / total),
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'right',
      cell: (row) => <Count count={figure(row, 'request_count')} />,
    },
    {
      id: 'errors',
      header: 'Errors',
      align: 'right',
      from: 'sm',
      cell: (row) => formatShare(measure(row, 'error_rate')),
    },
    {
      id: 'in',
      header: 'Tokens in',
      align: 'right',
      from: 'md',
      cell: (row) => <Count count={figure(row, 'tokens_prompt')} />,
    },
    {
      id: 'out',
      header: 'Tokens out',
      align: 'right',
      from: 'md',
      cell: (row) => <Count count={figure(row, 'tokens_completion')} />,
    },
    {
      id: 'latency',
      header: 'Mean latency',
      align: 'right',
      from: 'lg',
      cell: (row) => formatLatency(measure(row, 'latency_avg')),
    },
  ]
}

function save(rows: readonly AnalyticsRow[], { by, rangeId }: ActivityQuestion): void {
  const lines = rows.map((row) => [nameOf(row, by), ...METRICS.map((metric) => row[metric] ?? '')])
  saveText(`${DIMENSION_WORDS[by].many}-${rangeId}.csv`, 'text/csv', toCsv([by, ...METRICS], lines))
}

function nameOf(row: AnalyticsRow, by: ActivityQuestion['by']): string {
  return String(row[by] ?? '(none)')
}

function figure(row: AnalyticsRow, metric: (typeof METRICS)[number]): number {
  return Number(row[metric] ?? 0)
}

function measure(row: AnalyticsRow, metric: (typeof METRICS)[number]): number | null {
  const value = row[metric]
  return typeof value === 'number' ? value : null
}
