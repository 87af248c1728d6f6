import { expect, test } from 'vitest'
import { allowedModels } from './allowed-models.ts'
import type { Endpoint, Model } from './catalogue.ts'
import type { Prices } from './pricing.ts'

const model = (id: string, ...prices: Prices[]): Model =>
  ({ id, canonicalSlug: `${id}-2026`, endpoints: prices.map((of) => ({ prices: of }) as Endpoint) }) as unknown as Model

const FREE = { prompt: 0n, completion: 0n }
const PAID = { prompt: 1n, completion: 2n }
const MODELS = new Map(
  [
    model('a/free', FREE),
    model('a/half', FREE, PAID),
    model('a/per-request', { ...FREE, request: 1n }),
    model('a/discount', { ...FREE, discountPpm: 5n }),
    model('b/paid', PAID),
  ].map((of) => [of.id, of]),
)
const find = (id: string) => MODELS.get(id)
const ALL = [...MODELS.keys()]

test.each([
  ['no patterns: everything', null, ALL],
  ['an author', ['a/*'], ['a/free', 'a/half', 'a/per-request', 'a/discount']],
  ['a name', ['b/paid'], ['b/paid']],
  ['a canonical slug', ['b/paid-2026'], ['b/paid']],
  ['free is what costs nothing anywhere', ['free'], ['a/free', 'a/discount']],
  ['several patterns', ['*:free', 'b/*'], ['a/free', 'a/discount', 'b/paid']],
])('%s', (_name, patterns, expected) => expect(allowedModels(ALL, patterns, find)).toEqual(expected))

test('nothing left is 404, and does not say what there is', () => {
  expect(() => allowedModels(['b/paid'], ['a/*'], find)).toThrow(
    expect.objectContaining({ code: 'no_endpoints', message: 'No models match your request and model restrictions' }),
  )
  expect(() => allowedModels(['b/paid'], [], find)).toThrow('No models match')
})

test('what is not known stays, so that it is refused as unknown', () => {
  expect(allowedModels(['no/such', 'b/paid'], ['a/*'], find)).toEqual(['no/such'])
})
