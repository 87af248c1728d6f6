import { expect, test } from 'vitest'
import { type ByokCredential, credentialsOf, spendKindOf, usesLeft, usesOf } from './byok.ts'
import type { Endpoint, Model, Provider } from './catalogue.ts'
import { SIM_PROVIDER } from './sim-models.ts'

const PRICES = { prompt: 1_000_000_000n, completion: 2_000_000_000n }

function endpointAt(slug: string, changes: Partial<Provider> = {}): Endpoint {
  return {
    id: slug,
    modelId: 'a/b',
    provider: { ...SIM_PROVIDER, slug, name: slug, apiKey: `shared of ${slug}`, ...changes },
    upstreamId: 'b',
    tag: slug,
    prices: PRICES,
    wirePricing: {},
    contextLength: 1_000,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: [],
  }
}

const ONE = endpointAt('one')
const TWO = endpointAt('two')
const MODEL: Model = {
  id: 'a/b',
  canonicalSlug: 'a/b',
  name: 'B',
  created: 0,
  description: '',
  inputModalities: ['text'],
  outputModalities: ['text'],
  knowledgeCutoff: null,
  endpoints: [ONE, TWO],
}
const CALLER = { id: 7n, workspaceId: 'here', creatorUserId: 'user' }

function credential(id: string, changes: Partial<ByokCredential> = {}): ByokCredential {
  return {
    id,
    workspaceId: null,
    provider: 'one',
    baseUrl: null,
    secret: `secret of ${id}`,
    isFallback: false,
    isRequired: false,
    isByokOnly: false,
    declaredZdr: null,
    allowedModels: null,
    allowedKeyIds: null,
    allowedUserIds: null,
    ...changes,
  }
}

/** What a caller would try, by the credential; `shared of …` for the installation's own. */
function order(credentials: readonly ByokCredential[], endpoints = [ONE, TWO]): (string | null)[] {
  const own = credentialsOf(credentials, CALLER) ?? new Map()
  const uses = endpoints.map((endpoint) => usesOf(MODEL, endpoint, own))
  const ways = [
    ...uses.flatMap(({ first }) => first),
    ...uses.flatMap(({ shared }) => shared ?? []),
    ...uses.flatMap(({ last }) => last),
  ]
  return ways.map(({ provider }) => provider.apiKey)
}

test('own credentials come before everything in their order, fallbacks after everything', () => {
  const all = [
    credential('last', { isFallback: true }),
    credential('a'),
    credential('b'),
    credential('c', { provider: 'two' }),
  ]
  expect(order(all)).toEqual([
    'secret of a',
    'secret of b',
    'secret of c',
    'shared of one',
    'shared of two',
    'secret of last',
  ])
})

test.each<[string, Partial<ByokCredential>, (string | null)[]]>([
  ['one that is required takes the place of the shared one', { isRequired: true }, ['secret of a', 'shared of two']],
  [
    'one that is required leaves the shared one to models that it is not for',
    { isRequired: true, allowedModels: ['x/*'] },
    ['shared of one', 'shared of two'],
  ],
  [
    'one that alone is to be used keeps the shared one from every model',
    { isByokOnly: true, allowedModels: ['x/*'] },
    ['shared of two'],
  ],
  ['a pattern names models', { allowedModels: ['a/*'] }, ['secret of a', 'shared of one', 'shared of two']],
  ['one that could not be opened is not used', { secret: null }, ['shared of one', 'shared of two']],
  ['and still keeps the shared one away', { secret: null, isRequired: true }, ['shared of two']],
  ['it is for another workspace', { workspaceId: 'there', isByokOnly: true }, ['shared of one', 'shared of two']],
  ['it is for other keys', { allowedKeyIds: new Set([8n]), isByokOnly: true }, ['shared of one', 'shared of two']],
  ['it is for other users', { allowedUserIds: new Set(['them']) }, ['shared of one', 'shared of two']],
  [
    'it is for this key of this user here',
    { workspaceId: 'here', allowedKeyIds: new Set([7n]), allowedUserIds: new Set(['user']) },
    ['secret of a', 'shared of one', 'shared of two'],
  ],
])('%s', (_name, changes, expected) => {
  expect(order([credential('a', changes)])).toEqual(expected)
})

test('a key that belongs to nobody is none of the users named', () => {
  const credentials = [credential('a', { allowedUserIds: new Set(['user']) })]
  expect(credentialsOf(credentials, { ...CALLER, creatorUserId: null })).toBeNull()
})

test('an endpoint on a credential is one and the same object each time, with the id, prices and name of the endpoint', () => {
  const own = credentialsOf([credential('a')], CALLER) ?? new Map()
  const [first] = usesOf(MODEL, ONE, own).first
  const [again] = usesOf(MODEL, ONE, own).first
  expect(again).toBe(first)
  expect(first).toMatchObject({ id: 'one', prices: PRICES, byokKeyId: 'a', provider: { name: 'one' } })
  const [other] = usesOf(MODEL, { ...ONE, id: 'other' }, own).first
  expect(other?.provider).toBe(first?.provider)
})

test("an address of the customer's takes the place of the provider's, and is trusted no further than any customer's", () => {
  const named = endpointAt('one', { baseUrl: 'http://10.0.0.1/v1', isFromConfigFile: true, dataRegion: 'europe' })
  const providerAt = (baseUrl: string | null) => {
    const own = credentialsOf([credential('a', { baseUrl })], CALLER) ?? new Map()
    return usesOf(MODEL, named, own).first[0]?.provider
  }
  expect(providerAt(null)).toMatchObject({
    baseUrl: 'http://10.0.0.1/v1',
    isFromConfigFile: true,
    dataRegion: 'europe',
  })
  expect(providerAt('https://own.example.test/v1')).toMatchObject({
    baseUrl: 'https://own.example.test/v1',
    isFromConfigFile: false,
    dataRegion: 'global',
  })
})

test('what was declared of a credential is what policies see of it', () => {
  const retaining = endpointAt('one', { dataPolicy: { training: true, retainsPrompts: true } })
  const policyWith = (declaredZdr: boolean | null, endpoint: Endpoint) => {
    const own = credentialsOf([credential('a', { declaredZdr })], CALLER) ?? new Map()
    return usesOf(MODEL, endpoint, own).first[0]?.provider.dataPolicy
  }
  expect(policyWith(true, retaining)).toEqual({ training: false, retainsPrompts: false })
  expect(policyWith(null, retaining)).toEqual({ training: true, retainsPrompts: true })
  expect(policyWith(false, ONE)).toEqual({ training: false, retainsPrompts: true })
})

test('of the uses those are left that are allowed, and nothing where none is', () => {
  const own = credentialsOf([credential('a'), credential('z', { isFallback: true })], CALLER) ?? new Map()
  const uses = usesOf(MODEL, ONE, own)
  const left = usesLeft(uses, (endpoint) => spendKindOf(endpoint) === 'byok')
  expect([left?.first.length, left?.shared, left?.last.length]).toEqual([1, null, 1])
  expect(usesLeft(uses, () => false)).toBeUndefined()
})

test('where a deployment of the customer processes data is not known, wherever the provider does', () => {
  const deployment = { model_slug: 'a/b', endpoint_url: 'https://own.example.test/openai', api_key: 'k', model_id: 'd' }
  const own = credentialsOf([credential('a', { provider: 'azure', secret: JSON.stringify([deployment]) })], CALLER)
  const [use] = usesOf(MODEL, endpointAt('azure', { dataRegion: 'europe' }), own ?? new Map()).first
  expect(use?.provider).toMatchObject({ baseUrl: 'https://own.example.test/openai', dataRegion: 'global' })
})
