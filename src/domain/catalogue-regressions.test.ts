import { expect, test } from 'vitest'
import type { EndpointSource } from './build-catalogue.ts'
import { regressions } from './catalogue-regressions.ts'
import type { Prices } from './pricing.ts'

const endpoint = (modelId: string, prices: Prices, end?: string): EndpointSource => ({
  providerSlug: 'p',
  modelId,
  upstreamId: modelId,
  prices,
  wirePricing: {},
  contextLength: 1,
  maxCompletionTokens: null,
  quantization: 'unknown',
  supportedParameters: [],
  name: null,
  description: null,
  created: null,
  inputModalities: null,
  outputModalities: null,
  knowledgeCutoff: null,
  ...(end === undefined ? {} : { facts: { expiration_date: end } }),
})
const PRICED = { prompt: 10n, completion: 20n, request: 5n, inputCacheRead: 1n }
const TODAY = '2026-06-15'

test.each([
  ['the same', [endpoint('a/m', PRICED)], []],
  [
    'other prices and one model more',
    [endpoint('a/m', { prompt: 1n, completion: 90n, request: 1n }), endpoint('a/n', PRICED)],
    [],
  ],
  ['a model less', [], ['provider p, model a/m: is gone']],
  [
    'input for nothing',
    [endpoint('a/m', { ...PRICED, prompt: 0n })],
    ['provider p, model a/m: the price prompt has become nothing'],
  ],
  [
    'a cache for nothing',
    [endpoint('a/m', { ...PRICED, inputCacheRead: 0n })],
    ['provider p, model a/m: the price inputCacheRead has become nothing'],
  ],
  [
    'a fee left out',
    [endpoint('a/m', { prompt: 10n, completion: 20n })],
    ['provider p, model a/m: the price request has become nothing'],
  ],
  [
    'all of it taken off',
    [endpoint('a/m', { ...PRICED, discountPpm: 1_000_000n })],
    ['provider p, model a/m: everything has become free'],
  ],
])('%s', (_name, fresh, faults) => {
  expect(regressions([endpoint('a/m', PRICED)], fresh, TODAY)).toEqual(faults)
})

test('a model that was said to end may be gone from the day after', () => {
  const gone = (end: string) => regressions([endpoint('a/m', PRICED, end)], [], TODAY)
  expect(gone('2026-06-14')).toEqual([])
  expect(gone('2026-06-15')).toHaveLength(1)
})

test('what was free may stay free, and not more is told than somebody reads', () => {
  const free = { prompt: 0n, completion: 0n }
  expect(regressions([endpoint('a/m', free)], [endpoint('a/m', free)], TODAY)).toEqual([])
  const many = Array.from({ length: 60 }, (_, at) => endpoint(`a/m${at}`, PRICED))
  expect(regressions(many, [], TODAY)).toHaveLength(51)
  expect(regressions(many, [], TODAY).at(-1)).toBe('and 10 more')
})
