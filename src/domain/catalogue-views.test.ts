import { expect, test } from 'vitest'
import { buildCatalogue, type CatalogueSource, type EndpointSource } from './build-catalogue.ts'
import type { Catalogue, Provider } from './catalogue.ts'
import { CatalogueViews, privatePrices } from './catalogue-views.ts'

const ORGANIZATION = 'org_a'

function provider(slug: string, workspaceIds?: string[] | null): Provider {
  return {
    slug,
    name: slug,
    dialect: 'openai-chat',
    baseUrl: 'https://a.test/v1',
    apiKey: null,
    isFromConfigFile: false,
    visibility: workspaceIds === undefined ? null : { organizationId: ORGANIZATION, workspaceIds },
    dataPolicy: { training: false, retainsPrompts: false },
    dataRegion: 'global',
    privacyPolicyUrl: null,
    termsOfServiceUrl: null,
    statusPageUrl: null,
  }
}

function endpoint(providerSlug: string, modelId: string, price = 1n): EndpointSource {
  return {
    providerSlug,
    modelId,
    upstreamId: modelId,
    prices: { prompt: price, completion: price },
    wirePricing: {},
    contextLength: 10,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: [],
    name: `${modelId} as ${providerSlug} calls it`,
    description: null,
    created: null,
    inputModalities: null,
    outputModalities: null,
    knowledgeCutoff: null,
  }
}

const SHARED = buildCatalogue([{ providers: [provider('shared')], endpoints: [endpoint('shared', 'x/shared')] }])
/** One provider for everybody in the organization, one for a workspace, which has the shared model too. */
const OWN: CatalogueSource = {
  providers: [provider('all', null), provider('one', ['w1'])],
  endpoints: [endpoint('all', 'x/all'), endpoint('one', 'x/one'), endpoint('one', 'x/shared')],
}

function viewsWith(own: CatalogueSource): CatalogueViews {
  const views = new CatalogueViews(SHARED)
  views.replacePrivate(ORGANIZATION, own)
  return views
}

const CLOSED = buildCatalogue([
  {
    providers: [provider('shared'), { ...provider('closed'), isByokOnly: true }],
    endpoints: [endpoint('shared', 'x/shared'), endpoint('closed', 'x/closed'), endpoint('closed', 'x/shared')],
  },
])

const modelsOf = (catalogue: Catalogue) => [...catalogue.models.keys()]

test('a workspace sees what is for all of its organization and what is for it', () => {
  const views = viewsWith(OWN)
  expect(modelsOf(views.ofWorkspace(ORGANIZATION, 'w1'))).toEqual(['x/shared', 'x/all', 'x/one'])
  expect(modelsOf(views.ofWorkspace(ORGANIZATION, 'w2'))).toEqual(['x/shared', 'x/all'])
  expect(views.ofWorkspace(ORGANIZATION, 'w2').providers.map(({ slug }) => slug)).toEqual(['shared', 'all'])
})

test('other organizations, keys without a workspace and nobody see the shared catalogue itself', () => {
  const views = viewsWith(OWN)
  expect(views.ofWorkspace('org_b', 'w1')).toBe(SHARED)
  expect(views.ofWorkspace(ORGANIZATION, null)).toBe(SHARED)
  expect(views.seenFrom(null)).toBe(SHARED)
  expect(views.seenFrom({ organizationId: ORGANIZATION, workspaceIds: [] })).toBe(SHARED)
  expect(views.shared).toBe(SHARED)
})

test('where nothing private is seen the catalogue is the shared one itself', () => {
  const views = viewsWith({ providers: [provider('one', ['w1'])], endpoints: [endpoint('one', 'x/one')] })
  expect(views.ofWorkspace(ORGANIZATION, 'w2')).toBe(SHARED)
})

test('of a model that both have the private endpoint comes first and the shared description stays', () => {
  const model = viewsWith(OWN).ofWorkspace(ORGANIZATION, 'w1').models.get('x/shared')
  expect(model?.endpoints.map((e) => e.provider.slug)).toEqual(['one', 'shared'])
  expect(model?.name).toBe('x/shared as shared calls it')
  expect(SHARED.models.get('x/shared')?.endpoints).toHaveLength(1)
})

test('from several workspaces everything is seen that one of them sees', () => {
  const views = viewsWith(OWN)
  const seen = (workspaceIds: 'all' | string[]) =>
    modelsOf(views.seenFrom({ organizationId: ORGANIZATION, workspaceIds }))
  expect(seen('all')).toContain('x/one')
  expect(seen(['w2', 'w1'])).toContain('x/one')
  expect(seen(['w2'])).not.toContain('x/one')
})

test('workspaces that see the same share one catalogue, until a part of it is replaced', () => {
  const views = viewsWith(OWN)
  const before = views.ofWorkspace(ORGANIZATION, 'w2')
  expect(views.ofWorkspace(ORGANIZATION, 'w3')).toBe(before)
  views.replacePrivate(ORGANIZATION, OWN)
  expect(views.ofWorkspace(ORGANIZATION, 'w3')).not.toBe(before)
})

test('a new shared catalogue takes the place of the old one in every view', () => {
  const views = viewsWith(OWN)
  views.ofWorkspace(ORGANIZATION, 'w1')
  views.replaceShared(buildCatalogue([{ providers: [provider('new')], endpoints: [endpoint('new', 'x/new')] }]))
  expect(modelsOf(views.ofWorkspace(ORGANIZATION, 'w1'))).toEqual(['x/new', 'x/all', 'x/one', 'x/shared'])
})

test('an organization without providers left sees the shared catalogue again', () => {
  const views = viewsWith(OWN)
  views.replacePrivate(ORGANIZATION, { providers: [], endpoints: [] })
  expect(views.ofWorkspace(ORGANIZATION, 'w1')).toBe(SHARED)
})

test('a price version names the shared prices and those of the organization', () => {
  const views = viewsWith(OWN)
  const { version } = privatePrices(OWN)
  expect(views.ofWorkspace(ORGANIZATION, 'w1').priceVersion).toBe(`${SHARED.priceVersion}+${version}`)
  const dearer = { ...OWN, endpoints: [endpoint('all', 'x/all', 2n)] }
  expect(privatePrices(dearer).version).not.toBe(version)
})

test('endpoints of two organizations differ though slug and model are the same', () => {
  const views = viewsWith(OWN)
  const theirs = { ...provider('all'), visibility: { organizationId: 'org_b', workspaceIds: null } }
  views.replacePrivate('org_b', { providers: [theirs], endpoints: [endpoint('all', 'x/all')] })
  const idIn = (organizationId: string) => views.ofWorkspace(organizationId, 'w1').models.get('x/all')?.endpoints[0]?.id
  expect(idIn('org_b')).not.toBe(idIn(ORGANIZATION))
})

test('a shared provider whose slug or name one of the own has is hidden from who sees that one, and nobody else', () => {
  const named = { ...provider('other', ['w1']), name: 'Shared' }
  for (const own of [provider('shared', ['w1']), named]) {
    const views = viewsWith({ providers: [own], endpoints: [endpoint(own.slug, 'x/own')] })
    const seen = views.ofWorkspace(ORGANIZATION, 'w1')
    expect(seen.providers).toEqual([own])
    expect(modelsOf(seen)).toEqual(['x/own'])
    expect(views.ofWorkspace(ORGANIZATION, 'w2')).toBe(SHARED)
    expect(views.clashes()).toEqual([{ organizationId: ORGANIZATION, own, shared: SHARED.providers[0] }])
  }
  expect(viewsWith(OWN).clashes()).toEqual([])
})

test('a model that a hidden provider shares with another one keeps the other endpoint', () => {
  const views = viewsWith({ providers: [provider('shared', null)], endpoints: [endpoint('shared', 'x/own')] })
  const providers = [provider('shared'), provider('second')]
  const endpoints = [endpoint('shared', 'x/both'), endpoint('second', 'x/both'), endpoint('shared', 'x/one')]
  views.replaceShared(buildCatalogue([{ providers, endpoints }]))
  const seen = views.ofWorkspace(ORGANIZATION, 'w1')
  expect(modelsOf(seen)).toEqual(['x/both', 'x/own'])
  expect(seen.models.get('x/both')?.endpoints.map(({ provider: { slug } }) => slug)).toEqual(['second'])
})

test('what is behind customers’ credentials is seen where there is one, and the provider itself by everybody', () => {
  const views = new CatalogueViews(CLOSED)
  const at = (workspaceId: string, organizationId = ORGANIZATION) =>
    modelsOf(views.ofWorkspace(organizationId, workspaceId))
  expect(at('w1')).toEqual(['x/shared'])
  expect(views.shared.providers.map(({ slug }) => slug)).toEqual(['shared', 'closed'])
  views.replaceCredentials(ORGANIZATION, [
    { provider: 'shared', workspaceId: null },
    { provider: 'closed', workspaceId: 'w1' },
  ])
  expect(at('w1')).toEqual(['x/shared', 'x/closed'])
  expect(views.ofWorkspace(ORGANIZATION, 'w1').models.get('x/shared')?.endpoints).toHaveLength(2)
  expect(views.ofWorkspace(ORGANIZATION, 'w1').priceVersion).toBe(CLOSED.priceVersion)
  expect([at('w2'), at('w1', 'org_b'), modelsOf(views.seenFrom(null))]).toEqual(Array(3).fill(['x/shared']))
  views.replacePrivate(ORGANIZATION, OWN)
  expect(at('w1')).toEqual(['x/shared', 'x/closed', 'x/all', 'x/one'])
  expect(at('w2')).toEqual(['x/shared', 'x/all'])
  views.replaceCredentials(ORGANIZATION, [{ provider: 'closed', workspaceId: null }])
  expect(at('w2')).toEqual(['x/shared', 'x/closed', 'x/all'])
  views.replacePrivate(ORGANIZATION, { providers: [], endpoints: [] })
  views.replaceShared(
    buildCatalogue([{ providers: [provider('closed')], endpoints: [endpoint('closed', 'x/closed')] }]),
  )
  expect(at('w2', 'org_b')).toEqual(['x/closed'])
  views.replaceShared(CLOSED)
  expect(at('w2')).toEqual(['x/shared', 'x/closed'])
  views.replaceCredentials(ORGANIZATION, [])
  expect(at('w2')).toEqual(['x/shared'])
})
