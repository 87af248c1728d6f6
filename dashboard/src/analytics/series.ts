export type AnalyticsRow = Readonly<Record<string, string | number | null>>

const OTHER = 'other'
/** What has no name: requests of no project, of somebody who has left. */
const UNNAMED = '(none)'

/** Figures over time, told apart by a name. */
export interface Series {
  /** The largest first, then `other`. */
  names: readonly string[]
  points: readonly { at: string; values: Readonly<Record<string, number>> }[]
}

/**
 * Gathers rows of `date × group` to one line per bucket: the `top` largest groups by their sum, the rest as `other`. Buckets
 * without a row are there with zeros.
 */
export function toSeries(
  rows: readonly AnalyticsRow[],
  {
    date,
    group,
    value,
    buckets,
    top,
  }: { date: string; group: string; value: string; buckets: readonly string[]; top: number },
): Series {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(nameOf(row[group]), (sums.get(nameOf(row[group])) ?? 0) + Number(row[value] ?? 0))
  const bySum = [...sums].filter(([, sum]) => sum > 0).sort(([, a], [, b]) => b - a)
  const kept = bySum.slice(0, top).map(([name]) => name)
  const names = bySum.length > top ? [...kept, OTHER] : kept
  const points = new Map(buckets.map((at) => [at, Object.fromEntries(names.map((name) => [name, 0]))]))
  for (const row of rows) {
    const values = points.get(String(row[date]))
    if (values === undefined) continue
    const name = kept.includes(nameOf(row[group])) ? nameOf(row[group]) : OTHER
    if (name in values) values[name] = (values[name] ?? 0) + Number(row[value] ?? 0)
  }
  return { names, points: [...points].map(([at, values]) => ({ at, values })) }
}

/** Several metrics of the same rows, each a line of its own. */
export function toLines(
  rows: readonly AnalyticsRow[],
  { date, metrics, buckets }: { date: string; metrics: readonly string[]; buckets: readonly string[] },
): Series {
  const found = new Map(rows.map((row) => [String(row[date]), row]))
  return {
    names: metrics,
    points: buckets.map((at) => ({
      at,
      values: Object.fromEntries(metrics.map((metric) => [metric, Number(found.get(at)?.[metric] ?? 0)])),
    })),
  }
}

function nameOf(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === '' ? UNNAMED : String(value)
}
