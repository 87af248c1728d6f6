import fc from 'fast-check'
import { expect, test } from 'vitest'
import { affordableTokens, costBound, costOf, isFree, NO_USAGE, type Prices, type TokenUsage } from './pricing.ts'

const PRICES: Prices = { prompt: 150_000_000n, completion: 600_000_000n }

const usage = (parts: Partial<TokenUsage>): TokenUsage => ({ ...NO_USAGE, ...parts })

test.each([
  ['tokens of both kinds', PRICES, usage({ promptTokens: 1_000, completionTokens: 100 }), 210_000n],
  [
    'a fraction of a nano-dollar is rounded up once',
    { prompt: 1n, completion: 1n },
    usage({ promptTokens: 1, completionTokens: 1 }),
    1n,
  ],
  [
    'cached input at its own price',
    { ...PRICES, inputCacheRead: 15_000_000n },
    usage({ promptTokens: 1_000, cachedTokens: 1_000 }),
    15_000n,
  ],
  ['cached input without a price costs as input', PRICES, usage({ promptTokens: 1_000, cachedTokens: 400 }), 150_000n],
  [
    'reasoning at its own price',
    { ...PRICES, internalReasoning: 1_000_000_000n },
    usage({ completionTokens: 100, reasoningTokens: 50 }),
    80_000n,
  ],
  [
    'a fee for each request',
    { prompt: 0n, completion: 0n, request: 10_000_000n },
    usage({ promptTokens: 9 }),
    10_000_000n,
  ],
  ['a discount on the whole', { ...PRICES, discountPpm: 500_000n }, usage({ promptTokens: 1_000 }), 75_000n],
  ['a fee for each picture', { ...PRICES, image: 5n }, usage({ images: 3 }), 15n],
])('%s', (_name, prices, used, expected) => expect(costOf(prices, used, 0).total).toBe(expected))

const anyPrices = fc.record({
  prompt: fc.bigInt(0n, 10n ** 12n),
  completion: fc.bigInt(0n, 10n ** 12n),
  request: fc.bigInt(0n, 10n ** 9n),
  inputCacheRead: fc.bigInt(0n, 10n ** 12n),
  internalReasoning: fc.bigInt(0n, 10n ** 12n),
  discountPpm: fc.bigInt(0n, 1_000_000n),
})

test('a cost never exceeds the bound for its token counts', () => {
  const tokens = fc.nat(1_000_000)
  fc.assert(
    fc.property(anyPrices, fc.tuple(tokens, tokens), fc.tuple(fc.nat(100), fc.nat(100)), (prices, counts, [a, b]) => {
      const [promptTokens, completionTokens] = counts
      const used = usage({
        promptTokens,
        completionTokens,
        cachedTokens: Math.floor((promptTokens * a) / 100),
        reasoningTokens: Math.floor((completionTokens * b) / 100),
      })
      return costOf(prices, used, 0).total <= costBound(prices, promptTokens, completionTokens)
    }),
  )
})

test('the affordable tokens fit into the money', () => {
  fc.assert(
    fc.property(anyPrices, fc.bigInt(0n, 10n ** 10n), fc.nat(10_000), (prices, money, promptTokens) => {
      const tokens = affordableTokens(prices, money, promptTokens)
      if (tokens === 0) return true
      if (tokens === Number.MAX_SAFE_INTEGER) return costBound(prices, promptTokens, 0) <= money
      return costBound(prices, promptTokens, tokens) <= money
    }),
  )
})

test('two tokens more than affordable, each worth at least a nano-dollar, do not fit', () => {
  const prices = anyPrices.map((p) => ({ ...p, completion: p.completion + 1_000_000n, discountPpm: 0n }))
  fc.assert(
    fc.property(prices, fc.bigInt(0n, 10n ** 10n), fc.nat(10_000), (p, money, promptTokens) => {
      const tokens = affordableTokens(p, money, promptTokens)
      return costBound(p, promptTokens, tokens + 2) > money
    }),
  )
})

test('prompt and completion parts add up to the total', () => {
  fc.assert(
    fc.property(anyPrices, fc.nat(100_000), fc.nat(100_000), (prices, promptTokens, completionTokens) => {
      const cost = costOf(prices, usage({ promptTokens, completionTokens }), 0)
      return cost.prompt + cost.completion === cost.total && cost.prompt >= 0n && cost.completion >= 0n
    }),
  )
})

test('only an endpoint that never costs anything is free', () => {
  expect(isFree({ prompt: 0n, completion: 0n })).toBe(true)
  expect(isFree({ prompt: 0n, completion: 0n, request: 1n })).toBe(false)
})
