import { expect, test } from 'vitest'
import type { ByokCredential, CallerCredentials } from './byok.ts'
import type { Endpoint, Model } from './catalogue.ts'
import { modelsLeft, type PlanRequest, planAttempts } from './plan.ts'
import { SIM_PROVIDER } from './sim-models.ts'

function endpointOf(modelId: string, slug: string, price: bigint): Endpoint {
  return {
    id: `${modelId} ${slug}`,
    modelId,
    provider: { ...SIM_PROVIDER, slug, name: slug, apiKey: `shared of ${slug}` },
    upstreamId: modelId,
    tag: slug,
    prices: { prompt: price, completion: price },
    wirePricing: {},
    contextLength: 1_000_000,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: [],
  }
}

function modelOf(id: string): Model {
  return {
    id,
    canonicalSlug: id,
    name: id,
    created: 0,
    description: '',
    inputModalities: ['text'],
    outputModalities: ['text'],
    knowledgeCutoff: null,
    endpoints: [endpointOf(id, 'cheap', 1n), endpointOf(id, 'dear', 9n)],
  } as Model
}

const MODELS = new Map(['a/one', 'a/two'].map((id) => [id, modelOf(id)]))

function ownFor(...credentials: Partial<ByokCredential>[]): CallerCredentials {
  const whole = credentials.map((fields, at) => ({
    id: `6f7a3f0e-5f1c-5c1b-9a52-0d8f6f3b7a1${at}`,
    workspaceId: null,
    provider: 'dear',
    secret: `own ${at}`,
    baseUrl: null,
    isFallback: false,
    isRequired: false,
    isByokOnly: false,
    declaredZdr: null,
    allowedModels: null,
    allowedKeyIds: null,
    allowedUserIds: null,
    ...fields,
  }))
  return new Map(['cheap', 'dear'].map((slug) => [slug, whole.filter(({ provider }) => provider === slug)]))
}

function tried(byok: CallerCredentials, request: Partial<PlanRequest> = {}): string[] {
  const { endpoints } = planAttempts(
    { models: ['a/one'], provider: null, byok, ...request },
    { models: MODELS },
    () => undefined,
  )
  return endpoints.map(({ modelId, provider }) => `${modelId} ${provider.apiKey}`)
}

test('own credentials come before anything that the request names, shared endpoints in their order after them', () => {
  expect(tried(ownFor({}), { provider: { order: ['cheap'] } })).toEqual([
    'a/one own 0',
    'a/one shared of cheap',
    'a/one shared of dear',
  ])
})

test('one model is tried in every way before the next', () => {
  expect(tried(ownFor({}, { isFallback: true, provider: 'cheap' }), { models: ['a/one', 'a/two'] })).toEqual([
    'a/one own 0',
    'a/one shared of cheap',
    'a/one shared of dear',
    'a/one own 1',
    'a/two own 0',
    'a/two shared of cheap',
    'a/two shared of dear',
    'a/two own 1',
  ])
})

test('without fallbacks there is the first way only', () => {
  expect(tried(ownFor({}, {}), { provider: { allow_fallbacks: false } })).toEqual(['a/one own 0'])
})

test('what guardrails and preferences keep away no credential opens', () => {
  expect(tried(ownFor({}), { provider: { ignore: ['dear'] } })).toEqual(['a/one shared of cheap'])
  expect(() =>
    tried(ownFor({ isByokOnly: true }), { provider: { only: ['cheap'] }, exclusionsOf: () => ['zdr' as never] }),
  ).toThrow()
})

test('a credential for an endpoint that is too dear to be tried otherwise is tried first all the same', () => {
  const endpoints = Array.from({ length: 8 }, (_, at) => endpointOf('a/many', `cheap-${at}`, 1n))
  const many = { ...modelOf('a/many'), endpoints: [...endpoints, endpointOf('a/many', 'dear', 9n)] }
  const { endpoints: planned } = planAttempts(
    { models: ['a/many'], provider: null, byok: ownFor({}) },
    { models: new Map([['a/many', many]]) },
    () => undefined,
  )
  expect([planned[0]?.provider.apiKey, planned.length]).toEqual(['own 0', 6])
})

test('there are ten attempts at the most', () => {
  expect(tried(ownFor(...Array.from({ length: 20 }, () => ({})))).length).toBe(10)
})

test('the list of models has what credentials open, and not what they close', () => {
  const left = (byok: CallerCredentials) =>
    modelsLeft(MODELS.values(), { exclusionsOf: null, allowedModels: null, byok }).map(({ id, endpoints }) => [
      id,
      endpoints.map(({ provider }) => provider.slug),
    ])
  expect(left(ownFor({ isByokOnly: true, allowedModels: ['a/two'] }))).toEqual([
    ['a/one', ['cheap']],
    ['a/two', ['cheap', 'dear']],
  ])
})

test('what keeps the installation’s own capacity away is told, and where nothing else is left the refusal names it', () => {
  const told = (byok: CallerCredentials) => {
    const leftOut: unknown[] = []
    tried(byok, {
      onLeftOut: ({ endpoint, byRequest, isUsedOtherwise }) =>
        leftOut.push([endpoint.tag, ...byRequest, isUsedOtherwise]),
    })
    return leftOut
  }
  expect(told(ownFor({ isRequired: true }))).toEqual([['dear', 'byok_required', true]])
  expect(told(ownFor({ isByokOnly: true, allowedModels: ['b/*'] }))).toEqual([['dear', 'byok_only', false]])
  expect(told(ownFor({ isRequired: true, allowedModels: ['b/*'] }))).toEqual([])
  const nothing = () => tried(ownFor({ isByokOnly: true, allowedModels: ['b/*'] }), { provider: { only: ['dear'] } })
  expect(nothing).toThrow(
    expect.objectContaining({
      availability: expect.objectContaining({ excluded_by: ['allowed_providers', 'byok_only'] }),
    }),
  )
})

test('where only customers have credentials nobody is sent without one, also not by a name that stands for several', () => {
  const endpoints = [endpointOf('a/one', 'dear', 9n)].map((one) => ({
    ...one,
    provider: { ...one.provider, isByokOnly: true as const },
  }))
  const models = new Map([['a/one', { ...modelOf('a/one'), endpoints }]])
  const keysOf = (model: string, byok: CallerCredentials | null) =>
    planAttempts({ models: [model], byok, draw: 0 }, { models }, () => undefined).endpoints.map(
      ({ provider }) => provider.apiKey,
    )
  for (const model of ['a/one', 'openrouter/auto']) {
    expect(keysOf(model, ownFor({}))).toEqual(['own 0'])
    expect(() => keysOf(model, null)).toThrow(expect.objectContaining({ code: 'no_endpoints' }))
    expect(() => keysOf(model, ownFor({ allowedModels: ['b/*'] }))).toThrow(
      expect.objectContaining({ code: 'no_endpoints' }),
    )
  }
})
