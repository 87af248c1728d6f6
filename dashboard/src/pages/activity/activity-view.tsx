import { X } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { FigureRow } from '../overview/figure-row.tsx'
import { Ranking } from './ranking.tsx'
import { SpendChart } from './spend-chart.tsx'
import { TimeCharts } from './time-charts.tsx'
import type { ActivityQuestion } from './use-activity-question.ts'

/** Figures, a chart for each question, and the ranking. */
export function ActivityView({ asked }: { asked: ActivityQuestion }) {
  const { only, filters, range, change } = asked
  return (
    <>
      {only.length === 0 ? null : (
        <p className="-mt-2 mb-4 flex flex-wrap items-center gap-2">
          Only
          {only.map(({ field, value }) => (
            <Button
              key={field}
              size="small"
              onClick={() => change({ [field]: undefined })}
              title={`All ${field}s again`}
            >
              <span className="max-w-64 truncate font-mono">{value}</span>
              <X aria-label={`All ${field}s again`} />
            </Button>
          ))}
        </p>
      )}
      <FigureRow filters={filters} range={range} />
      <SpendChart asked={asked} />
      <TimeCharts asked={asked} />
      <Ranking asked={asked} />
    </>
  )
}
