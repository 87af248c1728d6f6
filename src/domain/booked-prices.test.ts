import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBooked, toBooked } from './booked-prices.ts'
import type { PriceOverride, Prices } from './pricing.ts'

const price = fc.bigInt(0n, 10n ** 15n)
const override: fc.Arbitrary<PriceOverride> = fc.record(
  { prompt: price, completion: price, inputCacheWrite1h: price, minPromptTokens: fc.nat(), utcStart: fc.nat(2_359) },
  { requiredKeys: [] },
)
const usual: fc.Arbitrary<Prices> = fc.record(
  {
    prompt: price,
    completion: price,
    request: price,
    audioOutput: price,
    discountPpm: fc.bigInt(0n, 1_000_000n),
    overrides: fc.array(override, { maxLength: 3 }),
  },
  { requiredKeys: ['prompt', 'completion'] },
)
const tiers = fc.record({ flex: usual, priority: usual }, { requiredKeys: [] })

test('every price comes back from the price book as it went in', () => {
  fc.assert(
    fc.property(usual, fc.option(tiers, { nil: undefined }), (prices, inTiers) => {
      const all = inTiers === undefined ? prices : { ...prices, tiers: inTiers }
      expect(fromBooked(JSON.parse(JSON.stringify(toBooked(all))))).toEqual(all)
    }),
  )
})

test('the same prices are the same text in whatever order they were written', () => {
  const one = { prompt: 1n, completion: 2n, audio: 3n, overrides: [{ prompt: 4n, minPromptTokens: 5 }] }
  const other = { overrides: [{ minPromptTokens: 5, prompt: 4n }], audio: 3n, completion: 2n, prompt: 1n }
  expect(JSON.stringify(toBooked(one))).toBe(JSON.stringify(toBooked(other)))
})
