import { expect, test } from 'vitest'
import { aModel, anEndpoint, catalogueOf } from '../../../test/fixtures/catalogue.ts'
import type { Endpoint } from '../catalogue.ts'
import { type PlanRequest, planAttempts } from '../plan.ts'
import type { ServiceTier } from '../pricing.ts'
import { recallHealth } from './observed-health.ts'
import { tiersOf, usualOf } from './service-tiers.ts'

const TIERS = { flex: { prompt: 5n, completion: 0n }, priority: { prompt: 50n, completion: 0n } }

function tiered(tag: string, price: bigint, ...tiers: ServiceTier[]): Endpoint {
  const priced = Object.fromEntries(tiers.map((tier) => [tier, TIERS[tier]]))
  return anEndpoint(tag, price, { prices: { prompt: price, completion: 0n, tiers: priced } })
}

const MODEL = aModel('a/m', [
  tiered('one', 20n, 'flex', 'priority'),
  anEndpoint('two', 10n),
  tiered('six', 60n, 'flex'),
])
const CATALOGUE = catalogueOf(MODEL, aModel('a/plain', [anEndpoint('two', 10n), anEndpoint('ten', 90n)]))

function tagsOf(request: Omit<PlanRequest, 'models'> & { models?: string[] }): string[] {
  const plan = planAttempts({ models: ['a/m'], ...request }, CATALOGUE, () => undefined)
  return plan.endpoints.map(({ tag }) => tag)
}

const USUAL = ['two', 'one', 'six']

test.each<[string, string[], Parameters<typeof tagsOf>[0]]>([
  ['nobody comes to a tier unasked', USUAL, {}],
  ['priority goes first, and falls back to what is usual', ['one/priority', ...USUAL], { serviceTier: 'priority' }],
  ['fast is another word for it', ['one/priority', ...USUAL], { serviceTier: 'fast' }],
  ['who wants flex gets nothing else', ['one/flex', 'six/flex'], { serviceTier: 'flex' }],
  ['unless nobody has it', ['two', 'ten'], { serviceTier: 'flex', models: ['a/plain'] }],
  ['default and scale are the usual ones', USUAL, { serviceTier: 'scale' }],
  ['with :floor those that wait are eligible', ['one/flex', 'six/flex', ...USUAL], { models: ['a/m:floor'] }],
  ['unless the request says default', USUAL, { models: ['a/m:floor'], serviceTier: 'default' }],
  ['or names an order', ['one', 'two', 'six'], { models: ['a/m:floor'], provider: { order: ['one'] } }],
  ['a sort by price alone makes none eligible', USUAL, { provider: { sort: 'price' } }],
  ['a slug never means a tier', ['one'], { provider: { only: ['one'] } }],
  ['nor where a tier is asked for', ['one'], { provider: { only: ['one'] }, serviceTier: 'priority' }],
  ['its full name does', ['one/flex'], { provider: { only: ['ONE/flex'] } }],
  ['also in an order', ['one/priority', 'two', 'one', 'six'], { provider: { order: ['one/priority'] } }],
  ['who ignores a provider ignores its tiers', ['six/flex'], { provider: { ignore: ['one'] }, serviceTier: 'flex' }],
  [
    'a price is judged by what the tier costs',
    ['one/flex', 'six/flex'],
    { provider: { max_price: { prompt: '0.000000005' } }, serviceTier: 'flex' },
  ],
])('%s: %j', (_name, expected, request) => expect(tagsOf(request)).toEqual(expected))

test('with :nitro the tier that goes before others is sorted among all by its speed', () => {
  const [priority] = tiersOf(MODEL.endpoints[0] ?? anEndpoint('none', 0n)).filter(({ tag }) => tag === 'one/priority')
  const speed = (p50: number) => ({ throughput: { p50, p75: p50, p90: p50, p99: p50 } })
  const health = recallHealth({ [String(priority?.id)]: speed(20), 'a/m at two': speed(30), 'a/m at one': speed(10) })
  expect(tagsOf({ models: ['a/m:nitro'], health })).toEqual(['two', 'one/priority', 'one', 'six'])
  expect(tagsOf({ models: ['a/m:nitro'], health, serviceTier: 'default' })).toEqual(['two', 'one', 'six'])
})

test('a tier is an endpoint of its own price that is on record as the one that it is of', () => {
  const [usual = anEndpoint('none', 0n)] = MODEL.endpoints
  const tiers = tiersOf(usual)
  expect(tiers.map(({ tag, prices }) => [tag, prices.prompt])).toEqual([
    ['one/priority', 50n],
    ['one/flex', 5n],
  ])
  expect(tiersOf(usual)[0]).toBe(tiers[0])
  expect(tiers.map(usualOf)).toEqual([usual, usual])
  expect(new Set([usual, ...tiers].map(({ id }) => id)).size).toBe(3)
  const plan = planAttempts({ models: ['a/m'], serviceTier: 'priority' }, CATALOGUE, () => undefined)
  expect(plan.routing?.attempts[0]).toMatchObject({ endpoint: 'a/m at one', reasons: ['service_tier', 'throughput'] })
})

test('a conversation stays in the tier that was asked for', () => {
  const sessionOf = () => 'a/m at two'
  expect(tagsOf({ sessionOf, serviceTier: 'priority' })[0]).toBe('one/priority')
  expect(tagsOf({ sessionOf })[0]).toBe('two')
})
