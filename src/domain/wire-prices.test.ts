import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costBound, costOf, NO_USAGE } from './pricing.ts'
import { chargedPrices, tokenPriceText, toWirePricing } from './wire-prices.ts'

test('a discount is charged as a share in whole millionths', () => {
  expect(chargedPrices({ prompt: '1', completion: '1', discount: 0.29 }).prices.discountPpm).toBe(290_000n)
})

test('every price survives the way to the wire and back', () => {
  const price = fc.bigInt({ min: 0n, max: 10n ** 18n })
  const all = fc.record({
    prompt: price,
    completion: price,
    request: price,
    image: price,
    searchUnit: price,
    inputCacheRead: price,
    inputCacheWrite: price,
    internalReasoning: price,
    audio: price,
  })
  fc.assert(
    fc.property(all, (prices) => {
      expect(chargedPrices(toWirePricing(prices)).prices).toEqual(prices)
    }),
  )
})

test('every price, those in place of others too, is charged as it is written', () => {
  const wire = {
    prompt: '0.000001',
    completion: '0.000002',
    input_cache_read: '0.0000001',
    input_cache_write: '0.00000125',
    input_cache_write_1h: '0.000002',
    audio_output: '0.00002',
    discount: 0.25,
    overrides: [
      { min_prompt_tokens: 200_000, prompt: '0.000003' },
      { utc_start: 1630, utc_end: 30, completion: '0.000001' },
    ],
    web_search: '0.01',
  }
  const { prices, wirePricing, unchargedKeys } = chargedPrices(wire)
  expect(prices).toEqual({
    prompt: 1_000_000_000n,
    completion: 2_000_000_000n,
    inputCacheRead: 100_000_000n,
    inputCacheWrite: 1_250_000_000n,
    inputCacheWrite1h: 2_000_000_000n,
    audioOutput: 20_000_000_000n,
    discountPpm: 250_000n,
    overrides: [
      { minPromptTokens: 200_000, prompt: 3_000_000_000n },
      { utcStart: 1630, utcEnd: 30, completion: 1_000_000_000n },
    ],
  })
  expect(wirePricing).toEqual(wire)
  expect(unchargedKeys).toEqual(['web_search'])
})

test('no prices at all cost nothing', () => {
  const { prices } = chargedPrices({})
  expect(costBound(prices, 1_000_000, 1_000_000, { images: 10, searchUnits: 10 })).toBe(0n)
})

test('dollars per million tokens become the wire price that charges them exactly', () => {
  expect(tokenPriceText(0.15)).toBe('0.00000015')
  expect(tokenPriceText(0.0028)).toBe('0.0000000028')
  expect(tokenPriceText(75)).toBe('0.000075')
  const { prices } = chargedPrices({ prompt: tokenPriceText(0.0028), completion: '0' })
  expect(costOf(prices, { ...NO_USAGE, promptTokens: 1_000_000 }, 0).total).toBe(2_800_000n)
})
