import { FORECAST_DAYS, forecastBudget, type SpendByDay } from './budget-forecast.ts'
import type { NanoUsd } from './money.ts'
import { type Interval, windowStartMs } from './windows.ts'

const DAY_MS = 86_400_000
const WINDOWS_MAX = 8

export interface ForecastError {
  /** How far forecasts were from what was spent, of that, on average; null where there was none to judge. */
  meanPercent: number | null
  /** How many windows that is of. */
  windows: number
}

interface ClosedWindow {
  start: number
  /** The last midnight up to its middle: what was spent by then is known, since spend is known by the day. */
  middle: number
  end: number
}

/** The first day, since 1970-01-01, that the forecast of a budget or its error depends on. */
export function firstDayOfForecast(interval: Interval, now: number): number {
  const oldest = closedWindows(interval, now).at(-1)
  return Math.floor((oldest?.middle ?? now) / DAY_MS) - FORECAST_DAYS
}

/**
 * What `forecastBudget` would have said in the middle of each of the last 8 windows that are over (of a day, at its beginning),
 * against what was spent in them. Windows in which nothing was spent, or of which it would have said nothing, aren't judged. A
 * lifetime is never over.
 */
export function measureForecastError(interval: Interval, now: number, spentByDay: SpendByDay): ForecastError {
  const errors = closedWindows(interval, now).flatMap(({ start, middle, end }) => {
    const actual = Number(spentBetween(start, end, spentByDay))
    const spent = spentBetween(start, middle, spentByDay)
    const { expected } = forecastBudget({ now: middle, interval, limit: 0n, spent, spentToday: 0n, spentByDay })
    return expected === null || actual === 0 ? [] : [Math.abs(Number(expected.mean) - actual) / actual]
  })
  const sum = errors.reduce((total, error) => total + error, 0)
  return { meanPercent: errors.length === 0 ? null : (100 * sum) / errors.length, windows: errors.length }
}

/** Newest first. */
function closedWindows(interval: Interval, now: number): ClosedWindow[] {
  if (interval === 'lifetime') return []
  const windows: ClosedWindow[] = []
  let end = windowStartMs(interval, now)
  while (windows.length < WINDOWS_MAX) {
    const start = windowStartMs(interval, end - 1)
    windows.push({ start, middle: Math.floor((start + end) / 2 / DAY_MS) * DAY_MS, end })
    end = start
  }
  return windows
}

/** Both at midnight. */
function spentBetween(start: number, end: number, spentByDay: SpendByDay): NanoUsd {
  let sum = 0n
  for (let day = start / DAY_MS; day < end / DAY_MS; day += 1) sum += spentByDay.get(day) ?? 0n
  return sum
}
