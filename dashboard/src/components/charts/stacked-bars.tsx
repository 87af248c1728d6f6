import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { Series } from '../../analytics/series.ts'
import { bucketLabel, bucketTitle, colourOf } from './chart-parts.ts'

interface StackedBarsProps {
  series: Series
  /** Those not to be drawn. */
  hidden: ReadonlySet<string>
  format: (value: number) => string
}

/** What each bucket adds up to, and of what. The table beside it says the same in words. */
export function StackedBars({ series: { names, points }, hidden, format }: StackedBarsProps) {
  return (
    <ResponsiveContainer width="100%" height={220}>
      <BarChart
        accessibilityLayer={false}
        data={points.map(({ at, values }) => ({ at, ...values }))}
        margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="at" tickFormatter={bucketLabel} tickLine={false} axisLine={false} minTickGap={24} tick={TICK} />
        <YAxis tickFormatter={format} tickLine={false} axisLine={false} width={64} tick={TICK} domain={[0, 'auto']} />
        <Tooltip
          cursor={{ fill: 'var(--raised)' }}
          isAnimationActive={false}
          labelFormatter={(at) => bucketTitle(String(at))}
          formatter={(value) => format(Number(value))}
          contentStyle={TOOLTIP}
          itemStyle={{ color: 'var(--ink)', padding: 0 }}
        />
        {names.map((name, index) =>
          hidden.has(name) ? null : (
            <Bar
              key={name}
              dataKey={(row: Record<string, number>) => row[name]}
              name={name}
              stackId="all"
              fill={colourOf(index)}
              isAnimationActive={false}
              maxBarSize={36}
            />
          ),
        )}
      </BarChart>
    </ResponsiveContainer>
  )
}

export const TICK = { fill: 'var(--faint)', fontSize: 12 }
export const TOOLTIP = {
  background: 'var(--surface)',
  border: '1px solid var(--line-strong)',
  borderRadius: 6,
  fontSize: 13,
  padding: '6px 10px',
}
