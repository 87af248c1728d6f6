import { expect, test } from 'vitest'
import type { AppError } from './app-error.ts'
import type { Endpoint, Model, Provider } from './catalogue.ts'
import { planAttempts } from './plan.ts'
import type { PlanPreferences } from './routing/preferences.ts'
import { parametersOf } from './supported-parameters.ts'

function provider(slug: string, dataPolicy = { training: false, retainsPrompts: false }): Provider {
  return {
    slug,
    name: slug.toUpperCase(),
    dialect: 'openai-chat',
    baseUrl: 'http://127.0.0.1:1/v1',
    apiKey: null,
    isFromConfigFile: true,
    visibility: null,
    dataPolicy,
    dataRegion: 'global',
    privacyPolicyUrl: null,
    termsOfServiceUrl: null,
    statusPageUrl: null,
  }
}

function endpoint(owner: Provider, price: bigint, quantization = 'unknown'): Endpoint {
  return {
    id: owner.slug,
    modelId: 'a/m',
    provider: owner,
    upstreamId: 'm',
    tag: owner.slug,
    prices: { prompt: price, completion: price },
    wirePricing: {},
    contextLength: 1,
    maxCompletionTokens: null,
    quantization,
    supportedParameters: [],
  }
}

const CHEAP = endpoint(provider('cheap'), 1n)
const MIDDLE = endpoint(provider('middle', { training: false, retainsPrompts: true }), 2n, 'fp8')
const DEAR = endpoint(provider('dear', { training: true, retainsPrompts: true }), 3n)
const MODEL = { id: 'a/m', endpoints: [DEAR, CHEAP, MIDDLE] } as unknown as Model
const CATALOGUE = { models: new Map([['a/m', MODEL]]) }

function plan(preferences: PlanPreferences | null, models = ['a/m']): string[] {
  return planAttempts({ models, provider: preferences }, CATALOGUE, () => undefined).endpoints.map(({ id }) => id)
}

test.each<[string, PlanPreferences | null, string[]]>([
  ['cheapest first', null, ['cheap', 'middle', 'dear']],
  ['no fallback when the caller forbids it', { allow_fallbacks: false }, ['cheap']],
  ['the named order, then price', { order: ['dear'] }, ['dear', 'cheap', 'middle']],
  ['only the named order without fallbacks', { order: ['dear', 'middle'], allow_fallbacks: false }, ['dear', 'middle']],
  ['the first choice where an order names nobody', { order: [], allow_fallbacks: false }, ['cheap']],
  ['all where no formats are named', { quantizations: [] }, ['cheap', 'middle', 'dear']],
  ['only', { only: ['middle', 'dear'] }, ['middle', 'dear']],
  ['display names, whatever the case', { only: ['Dear'] }, ['dear']],
  ['ignore', { ignore: ['cheap'] }, ['middle', 'dear']],
  ['no training and no retention on demand', { data_collection: 'deny' }, ['cheap']],
  ['zero data retention on demand', { zdr: true }, ['cheap']],
  ['quantizations', { quantizations: ['fp8'] }, ['middle']],
])('%s', (_name, preferences, expected) => expect(plan(preferences)).toEqual(expected))

test('an unknown model is named in a 400', () => {
  expect(() => plan(null, ['x/y'])).toThrow('x/y is not a valid model ID')
})

test('preferences that leave nothing are a 404', () => {
  try {
    plan({ only: ['nobody'] })
    expect.unreachable()
  } catch (error) {
    expect((error as AppError).status).toBe(404)
  }
})

test('own endpoints of an organization come before cheaper shared ones, unless the caller says otherwise', () => {
  const visibility = { organizationId: 'org_a', workspaceIds: null }
  const own = endpoint({ ...provider('own'), visibility }, 9n)
  const models = new Map([['a/m', { ...MODEL, endpoints: [CHEAP, own] }]])
  const withOwn = (preferences: PlanPreferences | null) =>
    planAttempts({ models: ['a/m'], provider: preferences }, { models }, () => undefined).endpoints.map(({ id }) => id)
  expect(withOwn(null)).toEqual(['own', 'cheap'])
  expect(withOwn({ order: ['cheap'] })).toEqual(['cheap', 'own'])
  expect(withOwn({ ignore: ['own'] })).toEqual(['cheap'])
})

test.each<[string, object, string[]]>([
  ['what every endpoint takes', { temperature: 1, max_tokens: 9 }, ['cheap', 'taker']],
  ['what only one takes', { top_k: 5 }, ['taker']],
  ['either name of the output bound', { max_completion_tokens: 9 }, ['cheap', 'taker']],
  ['a format with a schema', { response_format: { type: 'json_schema' } }, ['taker']],
  ['a format without one', { response_format: { type: 'json_object' } }, ['cheap', 'taker']],
  ['what is not set', { top_k: null }, ['cheap', 'taker']],
])('require_parameters leaves who takes %s', (_name, fields, expected) => {
  const few = ['temperature', 'max_tokens', 'response_format']
  const taker = { ...endpoint(provider('taker'), 2n), supportedParameters: [...few, 'top_k', 'structured_outputs'] }
  const models = new Map([['a/m', { ...MODEL, endpoints: [{ ...CHEAP, supportedParameters: few }, taker] }]])
  const request = { models: ['a/m'], provider: { require_parameters: true }, parameters: parametersOf({ ...fields }) }
  expect(planAttempts(request, { models }, () => undefined).endpoints.map(({ id }) => id)).toEqual(expected)
})

test('a microscaling format is one of its wider name, and a dearer price than the most is refused by name', () => {
  const small = endpoint(provider('small'), 9_000_000_000n, 'mxfp4')
  const models = new Map([['a/m', { ...MODEL, endpoints: [small] }]])
  const planned = (preferences: PlanPreferences) =>
    planAttempts({ models: ['a/m'], provider: preferences }, { models }, () => undefined).endpoints.map(({ id }) => id)
  expect(planned({ quantizations: ['fp4'], max_price: { prompt: 9, completion: '9.0' } })).toEqual(['small'])
  try {
    planned({ max_price: { prompt: '8.999999999' }, quantizations: ['fp8'] })
    expect.unreachable()
  } catch (error) {
    expect((error as AppError).availability?.excluded_by).toEqual(['max_price', 'quantization'])
  }
})

test.each<[string, PlanPreferences | null, string[]]>([
  ['whatever they cost', null, ['middle', 'dear']],
  ['as the first choice', { allow_fallbacks: false }, ['middle']],
  ['of an order', { order: ['cheap', 'dear'] }, ['dear', 'middle']],
])('only who can be asked in the format of the request is planned, %s', (_name, preferences, expected) => {
  const request = { models: ['a/m'], provider: preferences, canBeAsked: ({ id }: Endpoint) => id !== 'cheap' }
  expect(planAttempts(request, CATALOGUE, () => undefined).endpoints.map(({ id }) => id)).toEqual(expected)
  const nobody = { ...request, canBeAsked: () => false }
  expect(planAttempts(nobody, CATALOGUE, () => undefined).endpoints).toHaveLength(expected.length === 1 ? 1 : 3)
})

test('a model that nobody can be asked for in the format of the request is not chosen for it', () => {
  const models = new Map([
    ['a/m', { ...MODEL, outputModalities: ['text'] }],
    ['a/n', { ...MODEL, id: 'a/n', outputModalities: ['text'], endpoints: [{ ...DEAR, id: 'n', modelId: 'a/n' }] }],
  ]) as unknown as ReadonlyMap<string, Model>
  const request = { models: ['openrouter/auto'], canBeAsked: ({ id }: Endpoint) => id === 'n' }
  expect(planAttempts(request, { models }, () => undefined).endpoints.map(({ id }) => id)).toEqual(['n'])
})

test('what sorts a model sorts what is chosen for a name too', () => {
  const endpoints = [DEAR, CHEAP, MIDDLE].map((one) => ({ ...one, contextLength: 9_000 }))
  const model = { ...MODEL, id: 'a/m-1', endpoints, outputModalities: ['text'] } as unknown as Model
  const models = new Map([['a/m-1', model]])
  for (const name of ['~a/m-latest:floor', 'openrouter/auto:floor', 'openrouter/auto:nitro:floor']) {
    const { endpoints: planned, routing } = planAttempts({ models: [name] }, { models }, () => undefined)
    expect([name, planned.map(({ id }) => id), routing?.by, routing?.from]).toEqual([
      name,
      ['cheap', 'middle', 'dear'],
      'price',
      'variant',
    ])
  }
  expect(() => planAttempts({ models: ['~a/m-latest:free'] }, { models }, () => undefined)).toThrow('not a valid model')
})
