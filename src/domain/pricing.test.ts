import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  affordableTokens,
  costBound,
  costOf,
  isFree,
  isOutputFree,
  NO_USAGE,
  type Prices,
  splitUsage,
  type TokenUsage,
} from './pricing.ts'

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

const anyOverride = fc.record(
  {
    prompt: fc.bigInt(0n, 10n ** 12n),
    completion: fc.bigInt(0n, 10n ** 12n),
    inputCacheWrite1h: fc.bigInt(0n, 10n ** 12n),
    audioOutput: fc.bigInt(0n, 10n ** 12n),
    minPromptTokens: fc.nat(1_000_000),
    utcStart: fc.constantFrom(0, 830, 2_200),
    utcEnd: fc.constantFrom(600, 1_630, 2_400),
  },
  { requiredKeys: [] },
)
const pricesOfAllKinds: fc.Arbitrary<Prices> = fc
  .record({
    base: anyPrices,
    special: fc.record(
      {
        inputCacheWrite1h: fc.bigInt(0n, 10n ** 12n),
        inputAudioCache: fc.bigInt(0n, 10n ** 12n),
        imageToken: fc.bigInt(0n, 10n ** 12n),
        audioOutput: fc.bigInt(0n, 10n ** 12n),
        imageOutput: fc.bigInt(0n, 10n ** 12n),
      },
      { requiredKeys: [] },
    ),
    overrides: fc.array(anyOverride, { maxLength: 3 }),
    flex: anyPrices,
  })
  .map(({ base, special, overrides, flex }) => ({
    ...base,
    ...special,
    overrides,
    tiers: { flex: { ...flex, overrides } },
  }))
const told = fc.option(fc.nat(1_200_000), { nil: undefined })
const usageOfAllKinds = fc
  .record({
    promptTokens: fc.nat(1_200_000),
    completionTokens: fc.nat(100_000),
    cachedTokens: fc.nat(1_200_000),
    cacheWriteTokens: fc.nat(1_200_000),
    reasoningTokens: fc.nat(100_000),
    audioTokens: fc.nat(1_200_000),
    parts: fc.tuple(told, told, told, told, told),
    isFlex: fc.boolean(),
  })
  .map(
    ({ parts: [hour, cachedAudio, image, audioOut, imageOut], isFlex, ...counts }): TokenUsage => ({
      ...counts,
      images: 0,
      ...(hour !== undefined && { cacheWrite1hTokens: hour }),
      ...(cachedAudio !== undefined && { cachedAudioTokens: cachedAudio }),
      ...(image !== undefined && { imageTokens: image }),
      ...(audioOut !== undefined && { audioOutputTokens: audioOut }),
      ...(imageOut !== undefined && { imageOutputTokens: imageOut }),
      ...(isFlex && { serviceTier: 'flex' }),
    }),
  )

test('at whatever hour, in whatever tier and of whatever kinds the tokens are, a cost stays within the bound', () => {
  fc.assert(
    fc.property(pricesOfAllKinds, usageOfAllKinds, fc.nat(86_400_000), (prices, used, at) => {
      return costOf(prices, used, at).total <= costBound(prices, used.promptTokens, used.completionTokens)
    }),
  )
})

test('however a provider splits them, each token is counted once', () => {
  fc.assert(
    fc.property(pricesOfAllKinds, usageOfAllKinds, (prices, used) => {
      const counts = splitUsage(prices, used)
      const { completion, reasoning, audioOutput, imageOutput, ...input } = counts
      expect(Object.values(input).reduce((sum, count) => sum + count)).toBe(used.promptTokens)
      expect(completion + reasoning + audioOutput + imageOutput).toBe(used.completionTokens)
      expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('what a provider does not tell apart costs at least as much as any split of it that it could have told', () => {
  fc.assert(
    fc.property(pricesOfAllKinds, usageOfAllKinds, fc.nat(86_400_000), (prices, used, at) => {
      const { cacheWrite1hTokens: _hour, audioOutputTokens: _audio, imageOutputTokens: _image, ...untold } = used
      return costOf(prices, used, at).completion <= costOf(prices, untold, at).completion + 1n
    }),
  )
})

test('the affordable tokens fit at every price that may hold', () => {
  fc.assert(
    fc.property(pricesOfAllKinds, fc.bigInt(0n, 10n ** 12n), fc.nat(1_200_000), (prices, money, promptTokens) => {
      const tokens = affordableTokens(prices, money, promptTokens)
      if (tokens === 0 || tokens === Number.MAX_SAFE_INTEGER) return true
      return costBound(prices, promptTokens, tokens) <= money
    }),
  )
})

test('output that costs only beyond some input, or only in some tier, is not free', () => {
  const free: Prices = { prompt: 1n, completion: 0n }
  expect(isOutputFree(free)).toBe(true)
  expect(isOutputFree({ ...free, overrides: [{ minPromptTokens: 900_000, completion: 1n }] })).toBe(false)
  expect(isOutputFree({ ...free, tiers: { priority: { prompt: 1n, completion: 1n } } })).toBe(false)
  expect(isFree({ prompt: 0n, completion: 0n, tiers: { priority: { prompt: 1n, completion: 0n } } })).toBe(false)
})
