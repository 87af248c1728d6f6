import { expect, test } from 'vitest'
import { buildCatalogue, type CatalogueSource, type EndpointSource, findModel, pricesOf } from './build-catalogue.ts'
import type { Provider } from './catalogue.ts'
import { SIM_MODELS } from './sim-models.ts'
import { toWirePricing } from './wire-prices.ts'

function provider(slug: string, baseUrl = 'https://a.test/v1'): Provider {
  return {
    slug,
    name: slug,
    dialect: 'openai-chat',
    baseUrl,
    apiKey: null,
    isFromConfigFile: true,
    visibility: null,
    dataPolicy: { training: false, retainsPrompts: false },
    dataRegion: 'global',
    privacyPolicyUrl: null,
    termsOfServiceUrl: null,
    statusPageUrl: null,
  }
}

function endpoint(providerSlug: string, modelId: string, changes: Partial<EndpointSource> = {}): EndpointSource {
  const prices = { prompt: 1n, completion: 2n }
  return {
    providerSlug,
    modelId,
    upstreamId: modelId,
    prices,
    wirePricing: toWirePricing(prices),
    contextLength: 10,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: [],
    name: null,
    description: null,
    created: null,
    inputModalities: null,
    outputModalities: null,
    knowledgeCutoff: null,
    ...changes,
  }
}

const FILE: CatalogueSource = {
  providers: [provider('a'), provider('b')],
  endpoints: [endpoint('a', 'x/m'), endpoint('b', 'x/m')],
}

test('a model has its endpoints in the order of the sources', () => {
  const later = { providers: [provider('c')], endpoints: [endpoint('c', 'x/m')] }
  const model = findModel(buildCatalogue([FILE, later]), 'x/m')
  expect(model?.endpoints.map((e) => e.provider.slug)).toEqual(['a', 'b', 'c'])
})

test('an earlier source wins on the same provider and on the same model of a provider', () => {
  const other = {
    providers: [provider('a', 'https://other.test')],
    endpoints: [endpoint('a', 'x/m', { prices: { prompt: 9n, completion: 9n } }), endpoint('a', 'x/n')],
  }
  const catalogue = buildCatalogue([FILE, other])
  expect(findModel(catalogue, 'x/m')?.endpoints[0]?.prices.prompt).toBe(1n)
  expect(findModel(catalogue, 'x/n')?.endpoints[0]?.provider.baseUrl).toBe('https://a.test/v1')
  expect(catalogue.providers.map(({ slug }) => slug)).toEqual(['a', 'b'])
})

test('each fact of a model comes from the first source that knows it, else from its id', () => {
  const named = { providers: [provider('c')], endpoints: [endpoint('c', 'x/m', { name: 'Model M', created: 5 })] }
  const catalogue = buildCatalogue([{ ...FILE, endpoints: [...FILE.endpoints, endpoint('a', 'x/n')] }, named])
  expect(findModel(catalogue, 'x/m')).toMatchObject({ name: 'Model M', created: 5, inputModalities: ['text'] })
  expect(findModel(catalogue, 'x/n')).toMatchObject({ name: 'x: n', created: 0, canonicalSlug: 'x/n' })
})

test('endpoint ids follow from provider and model alone', () => {
  const ids = (source: CatalogueSource) => findModel(buildCatalogue([source]), 'x/m')?.endpoints.map(({ id }) => id)
  const dearer = { ...FILE, endpoints: FILE.endpoints.map((e) => ({ ...e, prices: { prompt: 7n, completion: 7n } })) }
  expect(ids(FILE)).toEqual(ids(dearer))
  expect(new Set(ids(FILE)).size).toBe(2)
})

test('the price version changes with a price and with nothing else', () => {
  const version = (source: CatalogueSource) => buildCatalogue([source]).priceVersion
  const reordered = { providers: FILE.providers.toReversed(), endpoints: FILE.endpoints.toReversed() }
  const renamed = { ...FILE, endpoints: FILE.endpoints.map((e) => ({ ...e, name: 'Other', contextLength: 99 })) }
  const dearer = {
    ...FILE,
    endpoints: [endpoint('a', 'x/m', { prices: { prompt: 1n, completion: 3n } }), endpoint('b', 'x/m')],
  }
  expect(version(FILE)).toMatch(/^[0-9a-f]{16}$/)
  expect(version(reordered)).toBe(version(FILE))
  expect(version(renamed)).toBe(version(FILE))
  expect(version(dearer)).not.toBe(version(FILE))
})

test('the price book holds every price as exact digits, sorted', () => {
  const source = {
    ...FILE,
    endpoints: [
      endpoint('b', 'x/m'),
      endpoint('a', 'x/z', { prices: { prompt: 10n ** 18n, completion: 0n, request: 3n } }),
    ],
  }
  expect(pricesOf(buildCatalogue([source]))).toEqual([
    { provider: 'a', model: 'x/z', prices: { completion: '0', prompt: '1000000000000000000', request: '3' } },
    { provider: 'b', model: 'x/m', prices: { completion: '2', prompt: '1' } },
  ])
})

test('the built-in provider is listed with its models when given', () => {
  const catalogue = buildCatalogue([FILE], SIM_MODELS.values())
  expect(catalogue.providers.map(({ slug }) => slug)).toEqual(['a', 'b', 'sim'])
  expect(findModel(catalogue, 'sim/echo')).toBe(SIM_MODELS.get('sim/echo'))
  expect(findModel(buildCatalogue([FILE]), 'sim/echo')).toBeUndefined()
})

test('an endpoint of a provider that no source has is a bug and says so', () => {
  expect(() => buildCatalogue([{ providers: [], endpoints: [endpoint('ghost', 'x/m')] }])).toThrow(/ghost/)
})
