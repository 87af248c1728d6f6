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
  [
    'reasoning, which was charged as output, for nothing',
    [endpoint('a/m', { ...PRICED, internalReasoning: 0n })],
    ['provider p, model a/m: the price internalReasoning has become nothing'],
  ],
  [
    'two entries of which the first costs nothing',
    [endpoint('a/m', { ...PRICED, prompt: 0n }), endpoint('a/m', PRICED)],
    ['provider p, model a/m: the price prompt has become nothing'],
  ],
  [
    'nothing for any input longer than one token',
    [endpoint('a/m', { ...PRICED, overrides: [{ minPromptTokens: 1, prompt: 0n }] })],
    ['provider p, model a/m: the price prompt has become nothing for some inputs or hours'],
  ],
  [
    'nothing in a tier that is asked for by name',
    [endpoint('a/m', { ...PRICED, tiers: { flex: { ...PRICED, completion: 0n } } })],
    ['provider p, model a/m: in the tier flex the price completion has become nothing'],
  ],
  ['a tier that costs less', [endpoint('a/m', { ...PRICED, tiers: { flex: { ...PRICED, prompt: 1n } } })], []],
])('%s', (_name, fresh, faults) => {
  expect(regressions([endpoint('a/m', PRICED)], fresh, TODAY)).toEqual(faults)
})

const KINDS = { audio: 40n, inputCacheWrite: 12n, imageOutput: 90n }
const LONG = { overrides: [{ minPromptTokens: 200_000, prompt: 20n }] }
const TIERS = { tiers: { priority: { prompt: 20n, completion: 40n } } }
const DETAILED: Prices = { ...PRICED, ...KINDS, ...LONG, ...TIERS }

test.each<[string, Partial<Prices>, string[]]>([
  ['all that was stated', DETAILED, []],
  [
    'dearer kinds of tokens not stated any more',
    { ...LONG, ...TIERS },
    ['inputCacheWrite', 'audio', 'imageOutput'].map(
      (name) => `the price ${name} is gone, and less is charged in its place`,
    ),
  ],
  [
    'prices of long inputs not stated any more',
    { ...KINDS, ...TIERS },
    ['dearer prices for some inputs or hours are gone'],
  ],
  [
    'prices of a dearer tier not stated any more',
    { ...KINDS, ...LONG },
    ['the prices of the tier priority are gone, and less is charged in their place'],
  ],
  ['as much for long inputs as for all', { ...KINDS, ...TIERS, prompt: 20n }, []],
])('of detailed prices %s', (_name, fresh, faults) => {
  const prices: Prices = { ...PRICED, ...fresh }
  expect(regressions([endpoint('a/m', DETAILED)], [endpoint('a/m', prices)], TODAY)).toEqual(
    faults.map((fault) => `provider p, model a/m: ${fault}`),
  )
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
