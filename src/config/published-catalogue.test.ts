import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { readEnvironmentProviders } from './environment-providers.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { endpointsOf, keepPublished, parsePublished, readLastPublished, reasonsAgainst } from './published-catalogue.ts'

const NOW = Date.UTC(2026, 9, 1)
const ENV = { OPENAI_API_KEY: 'o', OPENROUTER_API_KEY: 'r' }
const PRICING = { prompt: '0.000001', completion: '0.000002' }

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'published-'))
})
afterEach(() => rm(directory, { recursive: true }))

const entry = (id: string, more: object = {}) => ({ id, context_length: 1_000, pricing: PRICING, ...more })
const text = (...providers: object[]) => JSON.stringify({ providers })
const openai = (...models: object[]) => ({ slug: 'openai', models })

function problemsOf(document: string): readonly string[] {
  try {
    parsePublished(document)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test.each([
  ['no JSON', 'oops', /is not JSON/],
  ['nothing', '{}', /providers/],
  ['no provider', text(), /providers/],
  ['a provider without models', text(openai()), /models/],
  ['a model without a price', text(openai({ id: 'a/m', context_length: 1 })), /pricing/],
  ['an address', text({ ...openai(entry('a/m')), base_url: 'https://x.test' }), /base_url/],
  ['a credential', text({ ...openai(entry('a/m')), api_key: 'k' }), /api_key/],
])('%s is no publication', (_name, document, reason) => {
  expect(problemsOf(document).join('\n')).toMatch(reason)
})

test('only providers that are switched on are taken, with the ids that are known to them', async () => {
  const builtIn = await readEnvironmentProviders(ENV, NOW)
  const published = parsePublished(
    text(
      openai(entry('openai/gpt-4o'), entry('openai/new'), entry('openai/odd', { upstream_id: 'own' })),
      { slug: 'openrouter', models: [entry('someone/else')] },
      { slug: 'groq', models: [entry('x/y')] },
    ),
  )
  const endpoints = endpointsOf(published, builtIn)
  expect(endpoints.map(({ providerSlug, upstreamId }) => [providerSlug, upstreamId])).toEqual([
    ['openai', 'gpt-4o'],
    ['openai', 'new'],
    ['openai', 'own'],
    ['openrouter', 'someone/else'],
  ])
})

test('what it does not say of a model is as it is built in', async () => {
  const builtIn = await readEnvironmentProviders({ OPENAI_API_KEY: 'o' }, NOW)
  const entries = [
    entry('openai/gpt-4o'),
    entry('openai/o3', { max_completion_tokens: null, name: 'O', distillable: true }),
  ]
  expect(endpointsOf(parsePublished(text(openai(...entries))), builtIn)).toMatchObject([
    {
      name: builtIn.endpoints.find(({ modelId }) => modelId === 'openai/gpt-4o')?.name,
      inputModalities: ['text', 'image', 'file'],
      maxCompletionTokens: 16_384,
      facts: { tokenizer: 'GPT', distillable: false },
    },
    { name: 'O', maxCompletionTokens: null, facts: { tokenizer: 'GPT', distillable: true } },
  ])
})

test('the first one is held against what is built in, each later one against the last and what that did not name', async () => {
  const builtIn = await readEnvironmentProviders(ENV, NOW)
  const free = parsePublished(text(openai({ id: 'openai/gpt-4o', context_length: 1, free: true })))
  expect(reasonsAgainst(free, { last: undefined, builtIn, now: NOW })).toEqual([
    'provider openai, model openai/gpt-4o: the price prompt has become nothing',
    'provider openai, model openai/gpt-4o: the price completion has become nothing',
    'provider openai, model openai/gpt-4o: the price inputCacheRead is gone, and less is charged in its place',
  ])
  const one = parsePublished(text(openai(entry('openai/a'))))
  const oneAndFree = parsePublished(
    text(openai(entry('openai/a'), { id: 'openai/gpt-4o', context_length: 1, free: true })),
  )
  expect(reasonsAgainst(oneAndFree, { last: one, builtIn, now: NOW })).toHaveLength(3)
  const two = parsePublished(text(openai(entry('openai/a'), entry('openai/b', { expiration_date: '2026-09-30' }))))
  expect(reasonsAgainst(one, { last: undefined, builtIn, now: NOW })).toEqual([])
  expect(reasonsAgainst(two, { last: one, builtIn, now: NOW })).toEqual([])
  expect(reasonsAgainst(one, { last: two, builtIn, now: NOW })).toEqual([])
  expect(reasonsAgainst(one, { last: two, builtIn, now: NOW - 86_400_000 })).toEqual([
    'provider openai, model openai/b: is gone',
  ])
})

test('the last good one wins over what is built in; one that cannot be read is told and is as good as none', async () => {
  const load = () =>
    loadCatalogue({ config: { providerFile: null, isSimOn: false }, env: ENV, nowMs: NOW, publishedIn: directory })
  const priceOf = ({ catalogue }: Awaited<ReturnType<typeof load>>) =>
    catalogue.models.get('openai/gpt-4o')?.endpoints.find(({ provider }) => provider.slug === 'openai')?.prices.prompt
  const before = await load()
  expect(await readLastPublished(directory)).toBeUndefined()
  await keepPublished(directory, text(openai(entry('openai/gpt-4o'))))
  const after = await load()
  expect([priceOf(before), priceOf(after)]).toEqual([2_500_000_000n, 1_000_000_000n])
  expect(after.catalogue.models.size).toBe(before.catalogue.models.size)
  await writeFile(join(directory, 'catalogue.json'), '{"providers":[')
  const broken = await load()
  expect(priceOf(broken)).toBe(2_500_000_000n)
  expect(broken.warnings.join()).toMatch(/catalogue\.json: is not JSON/)
})
