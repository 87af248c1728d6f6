import { expect, test } from 'vitest'
import { mayCallModel } from './allowed-models.ts'
import type { Endpoint, Model } from './catalogue.ts'
import type { Prices } from './pricing.ts'

const model = (id: string, ...prices: Prices[]): Model =>
  ({ id, canonicalSlug: `${id}-2026`, endpoints: prices.map((of) => ({ prices: of }) as Endpoint) }) as unknown as Model

const FREE = { prompt: 0n, completion: 0n }
const PAID = { prompt: 1n, completion: 2n }
const MODELS = [
  model('a/free', FREE),
  model('a/half', FREE, PAID),
  model('a/per-request', { ...FREE, request: 1n }),
  model('a/discount', { ...FREE, discountPpm: 5n }),
  model('b/paid', PAID),
]

test.each([
  ['an author', ['a/*'], ['a/free', 'a/half', 'a/per-request', 'a/discount']],
  ['a name', ['b/paid'], ['b/paid']],
  ['a canonical slug', ['b/paid-2026'], ['b/paid']],
  ['free is what costs nothing anywhere', ['free'], ['a/free', 'a/discount']],
  ['several patterns', ['*:free', 'b/*'], ['a/free', 'a/discount', 'b/paid']],
  ['no pattern names nothing', [], []],
])('%s', (_name, patterns, expected) => {
  expect(MODELS.filter((one) => mayCallModel(patterns, one)).map(({ id }) => id)).toEqual(expected)
})
