import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aModel, anEndpoint, aProvider, catalogueOf } from '../../test/fixtures/catalogue.ts'
import { AppError } from './app-error.ts'
import type { Endpoint } from './catalogue.ts'
import type { EndpointHealth, Percentiles } from './endpoint-health.ts'
import { type Plan, type PlanRequest, planAttempts } from './plan.ts'
import { constraintsOf, type RequestNeeds } from './routing/constraints.ts'
import { recallHealth } from './routing/observed-health.ts'
import { ATTEMPTS_MAX, type Routing } from './routing/order-attempts.ts'
import { SORTS } from './routing/preferences.ts'
import { tierOf } from './routing/provider-names.ts'

/*
 * Whatever is asked for and known: a plan never holds an endpoint that something excludes, doesn't depend on the order in which the
 * catalogue lists endpoints of different prices, is the same each time, and can be made again from what is put on record of it.
 */

const RUNS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 50_000 : 3_000

const OWN = { organizationId: 'org', workspaceIds: null }
const ENDPOINTS: readonly Endpoint[] = [
  anEndpoint('one', 10n, { quantization: 'fp8', supportedParameters: ['tools'] }),
  anEndpoint('two', 30n, { provider: aProvider('two', { dataPolicy: { training: true, retainsPrompts: true } }) }),
  anEndpoint('two/us', 35n, {
    prices: { prompt: 35n, completion: 0n, tiers: { flex: { prompt: 9n, completion: 0n } } },
  }),
  anEndpoint('two/priority', 90n, { supportedParameters: ['tools', 'verbosity'] }),
  anEndpoint('three', 20n, { contextLength: 1_000, maxCompletionTokens: 100 }),
  anEndpoint('own', 70n, { provider: aProvider('own', { visibility: OWN }), supportedParameters: ['tools'] }),
  anEndpoint('free', 0n),
]
const ofPrices = (...places: number[]) => places.flatMap((at) => ENDPOINTS[at] ?? [])
const MODELS = [
  aModel('a/m-1', ENDPOINTS, { created: 5 }),
  aModel('a/m-2', ofPrices(0, 1, 4), { created: 6 }),
  aModel('b/n', ofPrices(6, 2), { inputModalities: ['text', 'image'] }),
]
const CATALOGUE = catalogueOf(...MODELS)
const IDS = MODELS.flatMap(({ endpoints }) => endpoints.map(({ id }) => id))

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 1 })
const percentiles: fc.Arbitrary<Percentiles> = fc
  .tuple(fc.nat(50), fc.nat(50), fc.nat(50), fc.nat(50))
  .map(([p50, p75, p90, p99]) => ({ p50, p75, p90, p99 }))
const health: fc.Arbitrary<EndpointHealth> = fc
  .array(
    fc.record({
      isUnstable: fc.option(fc.constant(true as const), { nil: undefined }),
      isBroken: fc.option(fc.constant(true as const), { nil: undefined, freq: 1 }),
      latency: maybe(percentiles),
      throughput: maybe(percentiles),
      toolQuality: maybe(fc.nat(100).map((share) => share / 100)),
    }),
    { minLength: IDS.length, maxLength: IDS.length },
  )
  .map((facts) =>
    recallHealth(JSON.parse(JSON.stringify(Object.fromEntries(facts.map((fact, at) => [IDS[at], fact]))))),
  )
const names = maybe(
  fc.uniqueArray(fc.constantFrom('one', 'TWO', 'two/us', 'two/priority', 'The own', 'free', 'nobody'), {
    maxLength: 3,
  }),
)
const by = fc.constantFrom(...SORTS)
const requests: fc.Arbitrary<PlanRequest> = fc.record({
  models: fc.uniqueArray(
    fc.constantFrom(
      'a/m-1',
      'a/m-2',
      'b/n',
      'a/m-1:nitro',
      'a/m-1:floor',
      'a/m-1:free',
      '~a/m-latest',
      'openrouter/auto',
      'openrouter/free',
    ),
    { minLength: 1, maxLength: 4 },
  ),
  provider: maybe(
    fc.record({
      order: names,
      only: names,
      ignore: names,
      allow_fallbacks: maybe(fc.boolean()),
      data_collection: maybe(fc.constantFrom('allow' as const, 'deny' as const)),
      quantizations: maybe(fc.constantFrom(['fp8' as const], ['unknown' as const])),
      sort: maybe(fc.oneof(by, fc.record({ by, partition: fc.constantFrom('model' as const, 'none' as const) }))),
      preferred_min_throughput: maybe(fc.nat(50)),
      max_price: maybe(fc.constantFrom({ prompt: '0.00000002' }, { prompt: 0 })),
    }),
  ),
  needs: fc.record({
    leastInputTokens: fc.constantFrom(0, 900, 60_000),
    requestedTokens: fc.constantFrom(null, 50, 5_000),
    features: fc.constantFrom([], ['tools'], ['tools', 'verbosity']),
    modalities: fc.constantFrom([], [], ['image']),
  }),
  allowedModels: fc.constantFrom(null, null, ['a/*'], ['free']),
  serviceTier: fc.constantFrom(null, null, 'default', 'flex', 'priority'),
  defaultSort: fc.constantFrom(null, 'price' as const, 'exacto' as const),
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  health,
})

/** Undefined for a refusal. */
function plan(request: PlanRequest, catalogue = CATALOGUE): Plan | undefined {
  try {
    return planAttempts(request, catalogue, () => undefined)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

const idsOf = (made: Plan | undefined) => made?.endpoints.map(({ id }) => id)

test(`${RUNS} random requests: nothing excluded is planned, and the plan can be made again`, () => {
  let planned = 0
  fc.assert(
    fc.property(requests, fc.constantFrom(...IDS), (request, last) => {
      const sessionOf: PlanRequest['sessionOf'] = ({ endpoints }) => endpoints.find(({ id }) => id === last)?.id
      const asked = { ...request, sessionOf }
      const made = plan(asked)
      expect(idsOf(plan(asked))).toEqual(idsOf(made))
      if (made === undefined) return
      planned += 1
      for (const endpoint of made.endpoints) {
        const model = CATALOGUE.models.get(endpoint.modelId)
        expect(model && constraintsOf(model, endpoint, { ...request, tier: tierOf(endpoint) })).toEqual([])
        expect(tierOf(endpoint) === null || mayUseTier(request, endpoint)).toBe(true)
      }
      const ids = idsOf(made) ?? []
      expect(new Set(ids).size).toBe(ids.length)
      const isBroken = (id: string) => request.health?.isBroken(id) === true
      expect(ids.filter((id) => !isBroken(id)).length).toBeLessThanOrEqual(ATTEMPTS_MAX)
      expect(idsOf(again(request, made))).toEqual(ids)
    }),
    { numRuns: RUNS },
  )
  expect(planned).toBeGreaterThan(RUNS / 3)
})

/** What a tier is asked for by: the field, a suffix, or its name. */
function mayUseTier({ models, provider, serviceTier }: PlanRequest, { tag }: Endpoint): boolean {
  const [tier, suffix] = tag.endsWith('/flex') ? ['flex', ':floor'] : ['priority', ':nitro']
  if (serviceTier === tier || [...(provider?.only ?? []), ...(provider?.order ?? [])].includes(tag)) return true
  return serviceTier == null && models.some((name) => name.endsWith(suffix))
}

/** From the request and what was put on record, as JSON. */
function again(request: PlanRequest, { routing }: Plan): Plan | undefined {
  if (routing === null) return plan(request)
  const recorded = JSON.parse(JSON.stringify(routing)) as Routing
  return plan({
    ...request,
    draw: recorded.draw ?? null,
    health: recallHealth(recorded.health),
    sessionOf: ({ id }) => recorded.sessions?.[id],
  })
}

test('a plan does not depend on the order in which the catalogue lists endpoints', () => {
  const shuffled = fc.shuffledSubarray([...ENDPOINTS], { minLength: ENDPOINTS.length })
  fc.assert(
    fc.property(requests, shuffled, (request, endpoints) => {
      const models = ['a/m-1']
      const listed = plan({ ...request, models })
      const other = plan({ ...request, models }, catalogueOf(aModel('a/m-1', endpoints)))
      expect(idsOf(other)).toEqual(idsOf(listed))
    }),
    { numRuns: RUNS / 3 },
  )
})

test('of several models each has an attempt, however many endpoints the first one has', () => {
  const made = plan({ models: ['a/m-1', 'a/m-2', 'b/n'], provider: null })
  expect(made?.endpoints.map(({ modelId }) => modelId)).toEqual(['a/m-1', 'a/m-1', 'a/m-1', 'a/m-2', 'b/n'])
})

test.each<[string, PlanRequest, string, string]>([
  ['the gateway', { models: ['a/m-1'] }, 'balance', 'gateway_default'],
  ['the workspace', { models: ['a/m-1'], defaultSort: 'price' }, 'price', 'workspace_default'],
  ['a variant before the workspace', { models: ['a/m-1:nitro'], defaultSort: 'price' }, 'throughput', 'variant'],
  [
    'a sort before a variant',
    { models: ['a/m-1:exacto'], provider: { sort: 'latency' }, defaultSort: 'price' },
    'latency',
    'request',
  ],
  [
    'an order before a sort',
    { models: ['a/m-1:exacto'], provider: { order: ['free'], sort: 'latency' }, defaultSort: 'price' },
    'order',
    'request',
  ],
])('what decides the order is on record: %s', (_name, request, by, from) => {
  expect(plan(request)?.routing).toMatchObject({ by, from })
})

test('one sort over all models where that is asked for, in the new way and in the old', () => {
  const cheapest = ['b/n at free', 'a/m-2 at one']
  const models = ['a/m-2', 'b/n']
  const together = plan({ models, provider: { sort: { by: 'price', partition: 'none' } } })
  expect(idsOf(together)?.slice(0, 2)).toEqual(cheapest)
  expect(idsOf(plan({ models, provider: { sort: 'price' }, route: 'sort' }))?.slice(0, 2)).toEqual(cheapest)
  expect(idsOf(plan({ models, provider: { sort: 'price' } }))?.[0]).toBe('a/m-2 at one')
})

test('a conversation goes where it was answered, but not against an order, nor to what fails now', () => {
  const models = ['a/m-2']
  const sessionOf = () => 'a/m-2 at two'
  expect(idsOf(plan({ models, sessionOf }))?.[0]).toBe('a/m-2 at two')
  expect(plan({ models, sessionOf })?.routing?.attempts[0]?.reasons[0]).toBe('session')
  expect(idsOf(plan({ models, sessionOf, provider: { order: ['one'] } }))?.[0]).toBe('a/m-2 at one')
  const health = recallHealth({ 'a/m-2 at two': { isUnstable: true } })
  expect(idsOf(plan({ models, sessionOf, health }))?.[0]).toBe('a/m-2 at one')
})

test.each<[string, Partial<RequestNeeds>, string[]]>([
  ['tools', { features: ['tools'] }, ['one']],
  ['more output than one of them gives', { requestedTokens: 5_000 }, ['one', 'two']],
  ['more input than one of them surely takes', { leastInputTokens: 1_001 }, ['one', 'two']],
  ['more input than one of them likely takes', { leastInputTokens: 251 }, ['one', 'two']],
  ['what none of them has', { features: ['verbosity'] }, ['one', 'three', 'two']],
])('a request that uses %s goes to those that can', (_name, fields, expected) => {
  const needs = { leastInputTokens: 0, requestedTokens: null, features: [], modalities: [], ...fields }
  expect(plan({ models: ['a/m-2'], needs })?.endpoints.map(({ tag }) => tag)).toEqual(expected)
})

test('an input that is too long for all is told so as 400, an image for a model that takes other things alone as 404', () => {
  const needs = { leastInputTokens: 0, requestedTokens: null, features: [], modalities: [] }
  const refusal = (request: PlanRequest) => {
    try {
      return planAttempts(request, CATALOGUE, () => undefined)
    } catch (error) {
      return error
    }
  }
  expect(refusal({ models: ['a/m-2'], needs: { ...needs, leastInputTokens: 200_000 } })).toMatchObject({
    code: 'context_length_exceeded',
    message: "This endpoint's maximum context length is 100000 tokens. However, you requested at least 200000 tokens.",
  })
  expect(refusal({ models: ['b/n'], needs: { ...needs, modalities: ['audio'] } })).toMatchObject({
    code: 'no_endpoints',
    availability: { excluded_by: ['modality'] },
  })
  expect(refusal({ models: ['a/m-2'], provider: { enforce_distillable_text: true } })).toMatchObject({
    availability: { excluded_by: ['distillable_text'] },
  })
})

test('a service tier is used by who names it alone, and ignored with its provider', () => {
  const tags = (provider: PlanRequest['provider']) =>
    plan({ models: ['a/m-1'], provider })?.endpoints.map(({ tag }) => tag) ?? []
  expect(tags({ only: ['two', 'two/priority'] })).toContain('two/priority')
  expect(tags({ only: ['two'] })).not.toContain('two/priority')
  expect(tags({ order: ['two/priority'] })[0]).toBe('two/priority')
  expect(tags({ order: ['two/priority'], ignore: ['two'] })).not.toContain('two/priority')
})

test('a key gets no model by a name that stands for several', () => {
  const models = ['openrouter/auto', '~a/m-latest', 'a/m-1:nitro']
  for (const model of models) {
    expect(() =>
      planAttempts(
        { models: [model], allowedModels: ['b/*', 'c/*'] },
        catalogueOf(...MODELS.slice(0, 2)),
        () => undefined,
      ),
    ).toThrow('No models match your request and model restrictions')
  }
  const left = plan({ models, allowedModels: ['b/*'] })
  expect(new Set(left?.endpoints.map(({ modelId }) => modelId))).toEqual(new Set(['b/n']))
})

test('the newest of a family may have a suffix, too', () => {
  const floor = plan({ models: ['~a/m-latest:floor'], serviceTier: 'default' })
  expect(idsOf(floor)).toEqual(idsOf(plan({ models: ['a/m-2:floor'], serviceTier: 'default' })))
  expect(floor?.routing).toMatchObject({ by: 'price', from: 'variant', strategy: 'latest' })
  expect(plan({ models: ['~a/m-latest:huge'] })).toBeUndefined()
})
