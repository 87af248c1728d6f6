import type { BudgetForecastWire } from '../../../../src/contract/management/budgets.ts'
import { formatDay } from '../../format/time.ts'

type Said = Pick<BudgetForecastWire, 'outcome' | 'reset_interval' | 'runs_out_at'>

/** Whether a budget lasts, in a few words. */
export function forecastWords({ outcome, reset_interval, runs_out_at }: Said): string {
  if (outcome === 'used_up') return 'Used up'
  if (outcome === 'insufficient_data') return 'Too little data for a forecast'
  if (outcome === 'enough' || runs_out_at === null) return `Enough ${LASTS[reset_interval ?? 'lifetime']}`
  if (reset_interval === 'daily') return `At this pace used up at ${runs_out_at.slice(11, 16)} UTC`
  return `At this pace used up on ${formatDay(runs_out_at)}`
}

const LASTS = {
  daily: 'until the end of the day',
  weekly: 'until the end of the week',
  monthly: 'until the end of the month',
  lifetime: 'for the next 90 days',
} as const

/** How far such forecasts were off; undefined where there is none, or none was judged. */
export function errorWords({
  outcome,
  past_error,
}: Pick<BudgetForecastWire, 'outcome' | 'past_error'>): string | undefined {
  const { mean_percent, windows } = past_error
  if (mean_percent === null || outcome === 'used_up' || outcome === 'insufficient_data') return undefined
  return windows === 1
    ? `such forecasts were off by ${mean_percent} % in the last window`
    : `such forecasts were off by ${mean_percent} % on average in ${windows} past windows`
}
