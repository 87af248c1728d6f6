import { expect, test } from 'vitest'
import { freeModelsPerDay } from './free-models.ts'

const TEN_DOLLARS = 10_000_000_000n

test.each([
  ['no limit without one', { perDay: null, perDayPurchased: 1_000 }, TEN_DOLLARS, null],
  ['the lower one while too little was bought', { perDay: 50, perDayPurchased: 1_000 }, TEN_DOLLARS - 1n, 50],
  ['the higher one from $10 on', { perDay: 50, perDayPurchased: 1_000 }, TEN_DOLLARS, 1_000],
  ['the same for all where only one is given', { perDay: 50, perDayPurchased: null }, TEN_DOLLARS, 50],
])('%s', (_name, limits, bought, expected) => expect(freeModelsPerDay(limits, bought)).toBe(expected))
