import { expect, test } from 'vitest'
import { errorWords, forecastWords } from './forecast-words.ts'

const AT = '2026-11-26T18:40:12.000Z'

test.each([
  ['runs_out', 'monthly', AT, 'At this pace used up on Thu 26 Nov'],
  ['runs_out', null, AT, 'At this pace used up on Thu 26 Nov'],
  ['runs_out', 'daily', AT, 'At this pace used up at 18:40 UTC'],
  ['enough', 'daily', null, 'Enough until the end of the day'],
  ['enough', 'weekly', null, 'Enough until the end of the week'],
  ['enough', 'monthly', null, 'Enough until the end of the month'],
  ['enough', null, null, 'Enough for the next 90 days'],
  ['used_up', 'weekly', null, 'Used up'],
  ['insufficient_data', 'weekly', null, 'Too little data for a forecast'],
] as const)('%s of a %s window, %s, is said as "%s"', (outcome, reset_interval, runs_out_at, words) =>
  expect(forecastWords({ outcome, reset_interval, runs_out_at })).toBe(words),
)

test('the error of past forecasts stands beside a forecast, with the number of windows, and beside nothing else', () => {
  const past_error = { mean_percent: 12.5, windows: 8 }
  expect(errorWords({ outcome: 'runs_out', past_error })).toBe(
    'such forecasts were off by 12.5 % on average in 8 past windows',
  )
  expect(errorWords({ outcome: 'enough', past_error: { mean_percent: 3, windows: 1 } })).toBe(
    'such forecasts were off by 3 % in the last window',
  )
  expect(errorWords({ outcome: 'enough', past_error: { mean_percent: null, windows: 0 } })).toBeUndefined()
  expect(errorWords({ outcome: 'used_up', past_error })).toBeUndefined()
  expect(errorWords({ outcome: 'insufficient_data', past_error })).toBeUndefined()
})
