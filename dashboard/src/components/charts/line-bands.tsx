import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { Series } from '../../analytics/series.ts'
import { bucketLabel, bucketTitle, colourOf } from './chart-parts.ts'
import { TICK, TOOLTIP } from './stacked-bars.tsx'

interface LineBandsProps {
  series: Series
  hidden: ReadonlySet<string>
  /** On the axis with the largest value that is shown. */
  format: (value: number, largest?: number) => string
}

/** Several figures over the same time, each a line. */
export function LineBands({ series: { names, points }, hidden, format }: LineBandsProps) {
  const shown = names.filter((name) => !hidden.has(name))
  const largest = Math.max(0, ...points.flatMap(({ values }) => shown.map((name) => values[name] ?? 0)))
  return (
    <ResponsiveContainer width="100%" height={220}>
      <LineChart
        accessibilityLayer={false}
        data={points.map(({ at, values }) => ({ at, ...values }))}
        margin={{ top: 4, right: 8, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="at" tickFormatter={bucketLabel} tickLine={false} axisLine={false} minTickGap={24} tick={TICK} />
        <YAxis
          tickFormatter={(value: number) => format(value, largest)}
          tickLine={false}
          axisLine={false}
          width={64}
          tick={TICK}
          domain={[0, 'auto']}
        />
        <Tooltip
          isAnimationActive={false}
          labelFormatter={(at) => bucketTitle(String(at))}
          formatter={(value) => format(Number(value))}
          contentStyle={TOOLTIP}
          itemStyle={{ color: 'var(--ink)', padding: 0 }}
        />
        {names.map((name, index) =>
          hidden.has(name) ? null : (
            <Line
              key={name}
              dataKey={(row: Record<string, number>) => row[name]}
              name={name}
              stroke={colourOf(index)}
              strokeWidth={1.5}
              dot={points.length === 1}
              isAnimationActive={false}
            />
          ),
        )}
      </LineChart>
    </ResponsiveContainer>
  )
}
