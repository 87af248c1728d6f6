import { expect, test } from 'vitest'
import { aModel, anEndpoint } from '../../../test/fixtures/catalogue.ts'
import { type AutoOptions, chooseAuto, chooseFree, NO_OPTIONS } from './auto-router.ts'

const priced = (id: string, price: bigint, created = 0) => aModel(id, [anEndpoint('p', price)], { created })

const MODELS = [
  priced('a/1', 1n),
  priced('a/2', 2n),
  priced('a/3', 3n, 50),
  priced('a/4', 4n, 90),
  priced('b/5', 5n),
  priced('b/6', 6n),
  priced('b/7', 7n),
  priced('b/8', 8n),
  priced('b/9', 9n),
  priced('b/10', 10n),
]
const SIM = priced('sim/echo', 0n)
const EMBEDDER = aModel('a/embed', [anEndpoint('p', 3n)], { outputModalities: ['embeddings'] })
const all = (model: { endpoints: readonly unknown[] }) => model.endpoints as never

const choose = (options: Partial<AutoOptions>, leftOf: Parameters<typeof chooseAuto>[1] = all) =>
  chooseAuto([SIM, EMBEDDER, ...MODELS], leftOf, { ...NO_OPTIONS, ...options }).map(({ id }) => id)

test.each<[string, Partial<AutoOptions>, string[]]>([
  ['the second fifth unless a tier is asked for, the newest first', {}, ['a/4', 'a/3', 'a/2']],
  ['the cheapest', { costTier: 'low' }, ['a/1', 'a/2', 'a/3']],
  ['the dearest', { costTier: 'max' }, ['b/9', 'b/10', 'b/8']],
  ['of those allowed', { allowedModels: ['b/*'], costTier: 'low' }, ['b/5', 'b/6', 'b/7']],
  ['without those excluded', { excludedModels: ['a/*', 'b/1*'], costTier: 'max' }, ['b/9', 'b/8', 'b/7']],
  ['nothing where nothing is allowed', { allowedModels: ['c/*'] }, []],
])('auto chooses %s', (_name, options, expected) => expect(choose(options)).toEqual(expected))

test('what may not be used is not chosen, and counts in no tier', () => {
  const leftOf = ({ id, endpoints }: (typeof MODELS)[number]) => (id === 'b/7' ? endpoints : [])
  for (const costTier of ['low', 'medium', 'max'] as const) expect(choose({ costTier }, leftOf)).toEqual(['b/7'])
})

test('free chooses any model that costs nothing, with its free endpoints alone', () => {
  const mixed = aModel('a/mixed', [anEndpoint('paid', 9n), anEndpoint('free', 0n)])
  const models = [SIM, ...MODELS, mixed, priced('a/free', 0n)]
  const chosen = (draw: number) => chooseFree(models, all, draw).map(({ id }) => id)
  expect(chosen(0)).toEqual(['a/mixed', 'a/free'])
  expect(chosen(0.6)).toEqual(['a/free', 'a/mixed'])
  expect(chooseFree(models, all, 0)[0]?.endpoints.map(({ tag }) => tag)).toEqual(['free'])
  expect(chooseFree([SIM], all, 0.5)).toEqual([])
})
