import { Download } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { saveText, toCsv } from '../../analytics/csv.ts'
import type { Series } from '../../analytics/series.ts'
import { Button } from '../button.tsx'
import { classNames } from '../class-names.ts'
import { Skeleton } from '../states.tsx'
import { bucketTitle, colourOf } from './chart-parts.ts'

const StackedBars = lazy(async () => ({ default: (await import('./stacked-bars.tsx')).StackedBars }))
const LineBands = lazy(async () => ({ default: (await import('./line-bands.tsx')).LineBands }))

interface ChartProps {
  /** What it answers, such as `Spend by model`. */
  title: string
  series: Series
  shape: 'bars' | 'lines'
  /** Gets the largest value beside it where lines have an axis. */
  format: (value: number, largest?: number) => string
  /** What series are called to people, where that isn't their name. */
  labels?: Readonly<Record<string, string>>
}

/** One question over time: picture, legend that filters, the same numbers as a table and as CSV. */
export function Chart({ title, series, shape, format, labels = {} }: ChartProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const named = withLabels(series, labels)
  const Picture = shape === 'bars' ? StackedBars : LineBands
  const toggle = (name: string) => {
    const next = new Set(hidden)
    if (!next.delete(name)) next.add(name)
    setHidden(next)
  }
  return (
    <figure aria-label={title} className="flex min-w-0 flex-col gap-3">
      <div aria-hidden className="h-[220px]">
        <Suspense fallback={<Skeleton className="h-[220px]" />}>
          <Picture series={named} hidden={hidden} format={format} />
        </Suspense>
      </div>
      <figcaption className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {named.names.map((name, index) => (
          <button
            key={name}
            type="button"
            aria-pressed={!hidden.has(name)}
            onClick={() => toggle(name)}
            className={classNames(
              'inline-flex max-w-64 items-center gap-1.5 rounded-md px-1 text-sm text-muted hover:text-ink',
              hidden.has(name) && 'line-through',
            )}
          >
            <svg aria-hidden viewBox="0 0 8 8" className="size-2 shrink-0">
              <rect width="8" height="8" rx="1" fill={hidden.has(name) ? 'var(--line-strong)' : colourOf(index)} />
            </svg>
            <span className="truncate">{name}</span>
          </button>
        ))}
      </figcaption>
      <ChartTable title={title} series={named} format={format} />
    </figure>
  )
}

function ChartTable({ title, series: { names, points }, format }: Pick<ChartProps, 'title' | 'series' | 'format'>) {
  const [isOpen, setOpen] = useState(false)
  const save = () => {
    const rows = points.map(({ at, values }) => [at, ...names.map((name) => values[name] ?? 0)])
    saveText(`${title.toLowerCase().replaceAll(' ', '-')}.csv`, 'text/csv', toCsv(['time', ...names], rows))
  }
  return (
    <details className="print:hidden" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-sm text-muted hover:text-ink">As a table</summary>
      {isOpen ? (
        <div className="mt-2 flex flex-col items-start gap-2">
          <Button size="small" onClick={save}>
            <Download aria-hidden />
            CSV
          </Button>
          <section
            aria-label={`${title}, table`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
            tabIndex={0}
            className="max-h-72 w-full overflow-auto border-y border-line"
          >
            <table className="w-full text-left text-sm">
              <thead>
                <tr className="text-muted">
                  <th className="py-1 pr-4 font-medium">Time</th>
                  {names.map((name) => (
                    <th key={name} className="px-2 py-1 text-right font-medium">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {points.map(({ at, values }) => (
                  <tr key={at} className="border-t border-line">
                    <td className="py-1 pr-4 whitespace-nowrap">{bucketTitle(at)}</td>
                    {names.map((name) => (
                      <td key={name} className="px-2 py-1 text-right">
                        {format(values[name] ?? 0)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </div>
      ) : null}
    </details>
  )
}

function withLabels({ names, points }: Series, labels: Readonly<Record<string, string>>): Series {
  const labelOf = (name: string) => labels[name] ?? name
  return {
    names: names.map(labelOf),
    points: points.map(({ at, values }) => ({
      at,
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [labelOf(name), value])),
    })),
  }
}
