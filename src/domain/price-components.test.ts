import { expect, test } from 'vitest'
import { divideUp } from './money.ts'
import { componentsOf, componentsOfCharge } from './price-components.ts'
import { costOf, NO_USAGE, type Prices } from './pricing.ts'

const PRICES: Prices = {
  prompt: 150_000_001n,
  completion: 600_000_000n,
  request: 7n,
  image: 11n,
  inputCacheRead: 75_000_003n,
  internalReasoning: 900_000_001n,
}
const USAGE = {
  promptTokens: 1_003,
  completionTokens: 77,
  cachedTokens: 100,
  cacheWriteTokens: 20,
  reasoningTokens: 13,
  audioTokens: 5,
  images: 2,
}

test('the lines come to the charge, rounded up once, the discount taken off the whole', () => {
  const exact = componentsOf(PRICES, USAGE, 0).reduce((sum, line) => sum + line.exact, 0n)
  expect(divideUp(exact, 1_000_000n)).toBe(costOf(PRICES, USAGE, 0).total)
  const discounted = { ...PRICES, discountPpm: 250_000n }
  expect(divideUp(exact * 750_000n, 1_000_000_000_000n)).toBe(costOf(discounted, USAGE, 0).total)
})

test('each token stands in one line, at the price that it has, and lines of nothing are left out', () => {
  expect(componentsOf(PRICES, USAGE, 0).map(({ name, quantity, per, price }) => [name, quantity, per, price])).toEqual([
    ['prompt', 878, 1_000_000, 150_000_001n],
    ['input_cache_read', 100, 1_000_000, 75_000_003n],
    ['input_cache_write', 20, 1_000_000, 150_000_001n],
    ['audio', 5, 1_000_000, 150_000_001n],
    ['request', 1, 1, 7n],
    ['image', 2, 1, 11n],
    ['completion', 64, 1_000_000, 600_000_000n],
    ['internal_reasoning', 13, 1_000_000, 900_000_001n],
  ])
  expect(componentsOf({ prompt: 1n, completion: 1n }, { ...NO_USAGE, promptTokens: 3 }, 0)).toHaveLength(1)
})

test('search units stand in a line of their own, beside the fee of a request', () => {
  const prices: Prices = {
    prompt: 0n,
    completion: 0n,
    request: 100_000n,
    searchUnit: 2_000_000n,
    discountPpm: 100_000n,
  }
  const usage = { ...NO_USAGE, searchUnits: 3 }
  const lines = componentsOfCharge(prices, usage, { charge: 5_490_000n, at: 0 })
  expect(lines?.map(({ name, quantity, per, price }) => [name, quantity, per, price])).toEqual([
    ['request', 1, 1, 100_000n],
    ['search_unit', 3, 1, 2_000_000n],
  ])
  expect(componentsOf({ prompt: 1n, completion: 1n }, usage, 0)).toEqual([])
})

test('a charge that the usage does not come to has no lines, and one of nothing none either', () => {
  const { total } = costOf(PRICES, USAGE, 0)
  expect(componentsOfCharge(PRICES, USAGE, { charge: total, at: 0 })).toEqual(componentsOf(PRICES, USAGE, 0))
  expect(componentsOfCharge(PRICES, { ...USAGE, images: 0 }, { charge: total, at: 0 })).toBeNull()
  expect(componentsOfCharge(PRICES, NO_USAGE, { charge: 0n, at: 0 })).toEqual([])
})

test('a charge at prices for long inputs and other hours has the lines of those', () => {
  const prices: Prices = {
    prompt: 1_000_000_000n,
    completion: 2_000_000_000n,
    overrides: [
      { minPromptTokens: 1_000, prompt: 3_000_000_000n },
      { utcStart: 2200, utcEnd: 600, completion: 500_000_000n },
    ],
  }
  const at = Date.UTC(2026, 0, 1, 23, 30)
  const { total } = costOf(prices, USAGE, at)
  expect(componentsOfCharge(prices, USAGE, { charge: total, at })?.map(({ name, price }) => [name, price])).toEqual([
    ['prompt', 3_000_000_000n],
    ['input_cache_read', 3_000_000_000n],
    ['input_cache_write', 3_000_000_000n],
    ['audio', 3_000_000_000n],
    ['image', 0n],
    ['completion', 500_000_000n],
    ['internal_reasoning', 500_000_000n],
  ])
})

test('a charge that a provider told apart has its lines, though the row does not tell that there were none of a kind', () => {
  const prices: Prices = { prompt: 1_000n, completion: 2_000_000_000n, audioOutput: 80_000_000_000n }
  const { total } = costOf(prices, { ...USAGE, audioOutputTokens: 0 }, 0)
  expect(componentsOfCharge(prices, USAGE, { charge: total, at: 0 })?.map(({ name }) => name)).not.toContain(
    'audio_output',
  )
})
