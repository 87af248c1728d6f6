import type { NanoUsd } from './money.ts'
import { type Interval, windowEndMs } from './windows.ts'

const DAY_MS = 86_400_000
/** As many days before the running one are looked at. */
export const FORECAST_DAYS = 28
/** Of a budget that never resets the forecast ends so many days from now. */
const LIFETIME_DAYS = 90
/** With spend on fewer days nothing is said. */
const SPENT_DAYS_MIN = 3
/** A day so much older counts half. */
const HALF_LIFE_DAYS = 7
/** Standard deviations between the mean and the tenth and the ninetieth percentile of a normal distribution. */
const TENTH = 1.2816

/** What a scope was charged on each UTC day, by the number of days since 1970-01-01; a day that is missing had nothing. */
export type SpendByDay = ReadonlyMap<number, NanoUsd>

export interface ForecastInput {
  now: number
  interval: Interval
  limit: NanoUsd
  /** Charged in the running window. */
  spent: NanoUsd
  /** Charged on the running day. */
  spentToday: NanoUsd
  /** The days before the running one; later ones are not looked at. */
  spentByDay: SpendByDay
}

/** What the window will have been charged at its end if nothing is refused: the mean, and between what it lies in four of five cases. */
interface ExpectedSpend {
  mean: NanoUsd
  p10: NanoUsd
  p90: NanoUsd
}

export interface BudgetForecast {
  /** What it is about ends here: the window, or 90 days from now where none ends. Epoch milliseconds. */
  until: number
  /** null with too little data. */
  expected: ExpectedSpend | null
  /** When the limit is reached, `now` where it already is; null when that isn't before `until`, or with too little data. */
  runsOutAt: number | null
}

/** A complete day that the means are of. */
interface KnownDay {
  weekday: number
  spent: number
  /** 1 for yesterday, half of that a week before. */
  recency: number
}

/** What is still to come of one day. */
interface Stretch {
  weekday: number
  start: number
  end: number
  /** How many times the mean of its weekday it is charged, and what beside that. */
  share: number
  beside: number
}

/** By weekday: what each known day counts in the mean, together 1, and the mean. */
type Means = readonly { weights: readonly number[]; mean: number }[]

/**
 * How the window of a budget ends at the pace of what it limits. Each day to come gets the mean of the days before: of up to 28,
 * from the first with spend on, in which a day counts half as much as one a week later. It is taken over the days of the same
 * weekday and over all of them, and where there are n of the same weekday these have n parts of n + 1. What is left of the
 * running day follows its own pace, the more the more of it is over. There are no trends and no fitted parameters: four weeks
 * bear no more, everybody can check a mean, and with weights that don't depend on the amounts a day that cost more never makes
 * the forecast less.
 *
 * The range is a normal distribution's: a day varies around its mean as days did, and a mean of few days is itself uncertain.
 * These are estimates by which nothing is charged, so they are reckoned in floating point.
 */
export function forecastBudget(input: ForecastInput): BudgetForecast {
  const { now, interval, limit, spent } = input
  const until = windowEndMs(interval, now) ?? now + LIFETIME_DAYS * DAY_MS
  const isUsedUp = spent >= limit
  const known = knownDays(input)
  if (known === undefined) return { until, expected: null, runsOutAt: isUsedUp ? now : null }
  const means = meansOf(known)
  const stretches = stretchesUntil(until, input)
  const amounts = stretches.map(({ weekday, share, beside }) => share * (means[weekday]?.mean ?? 0) + beside)
  const rest = sumOf(amounts)
  const spread = TENTH * deviationOf(stretches, means, known)
  return {
    until,
    expected: {
      mean: spent + toNano(rest),
      p10: spent + toNano(Math.max(0, rest - spread)),
      p90: spent + toNano(rest + spread),
    },
    runsOutAt: isUsedUp ? now : reachedAt(Number(limit - spent), stretches, amounts),
  }
}

/** Undefined for too few. */
function knownDays({ now, spentToday, spentByDay }: ForecastInput): KnownDay[] | undefined {
  const today = Math.floor(now / DAY_MS)
  const days = Array.from({ length: FORECAST_DAYS }, (_, index) => today - FORECAST_DAYS + index)
  const first = days.findIndex((day) => (spentByDay.get(day) ?? 0n) > 0n)
  const known = (first === -1 ? [] : days.slice(first)).map((day) => ({
    weekday: day % 7,
    spent: Number(spentByDay.get(day) ?? 0n),
    recency: 2 ** ((day - today + 1) / HALF_LIFE_DAYS),
  }))
  const spentDays = known.filter(({ spent }) => spent > 0).length + (spentToday > 0n ? 1 : 0)
  return spentDays < SPENT_DAYS_MIN ? undefined : known
}

function meansOf(known: readonly KnownDay[]): Means {
  const ofAll = sumOf(known.map(({ recency }) => recency))
  return Array.from({ length: 7 }, (_, weekday) => {
    const same = known.filter((day) => day.weekday === weekday)
    const ofSame = sumOf(same.map(({ recency }) => recency))
    const part = same.length / (same.length + 1)
    const weights = known.map(
      (day) => ((1 - part) * day.recency) / ofAll + (day.weekday === weekday ? (part * day.recency) / ofSame : 0),
    )
    return { weights, mean: sumOf(known.map(({ spent }, index) => spent * (weights[index] ?? 0))) }
  })
}

function stretchesUntil(until: number, { now, spentToday }: ForecastInput): Stretch[] {
  const stretches: Stretch[] = []
  for (let start = now; start < until; start = stretches.at(-1)?.end ?? until) {
    const day = Math.floor(start / DAY_MS)
    const end = Math.min(until, (day + 1) * DAY_MS)
    const left = (end - start) / DAY_MS
    const isRunning = start === now
    stretches.push({
      weekday: day % 7,
      start,
      end,
      share: isRunning ? left * left : left,
      beside: isRunning ? left * Number(spentToday) : 0,
    })
  }
  return stretches
}

/** The standard deviation of all that is to come. */
function deviationOf(stretches: readonly Stretch[], means: Means, known: readonly KnownDay[]): number {
  const variance = varianceOfDay(means, known)
  const ofDays = sumOf(stretches.map(({ start, end }) => (end - start) / DAY_MS))
  const ofMeans = known.map((_, index) =>
    sumOf(stretches.map(({ weekday, share }) => share * (means[weekday]?.weights[index] ?? 0))),
  )
  return Math.sqrt(variance * (ofDays + sumOf(ofMeans.map((weight) => weight ** 2))))
}

/** How far days were from the mean that the others would have given them, squared. */
function varianceOfDay(means: Means, known: readonly KnownDay[]): number {
  const squares = known.map(({ weekday, spent, recency }, index) => {
    const { weights = [], mean = 0 } = means[weekday] ?? {}
    return recency * ((spent - mean) / (1 - (weights[index] ?? 0))) ** 2
  })
  return sumOf(squares) / sumOf(known.map(({ recency }) => recency))
}

/** The instant at which the amounts reach `room`, with each day's spread evenly over it. */
function reachedAt(room: number, stretches: readonly Stretch[], amounts: readonly number[]): number | null {
  let left = room
  for (const [index, { start, end }] of stretches.entries()) {
    const amount = amounts[index] ?? 0
    // What is reached as the window ends is no hindrance in it.
    if (amount > left || (amount === left && index < stretches.length - 1))
      return Math.floor(start + ((end - start) * left) / amount)
    left -= amount
  }
  return null
}

function toNano(amount: number): NanoUsd {
  return BigInt(Math.round(amount))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
