import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { loadCatalogue } from './load-catalogue.ts'

const NOW_MS = Date.UTC(2026, 9, 1)
let directory: string
let providerFile: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sw-catalogue-'))
  providerFile = join(directory, 'providers.yaml')
})
afterAll(() => rm(directory, { recursive: true }))

function fileWithPrice(price: string): string {
  return `providers:
  - slug: openai
    name: House OpenAI
    dialect: openai-chat
    base_url: https://proxy.test/v1
    models:
      - { id: openai/gpt-4o-mini, context_length: 128000, pricing: { prompt: "${price}", completion: "0.1" } }
`
}

test('the config file wins over the environment, and the built-in provider comes last', async () => {
  await writeFile(providerFile, fileWithPrice('0.1'))
  const { catalogue } = await loadCatalogue({
    config: { providerFile, isSimOn: true },
    env: { OPENAI_API_KEY: 'o' },
    nowMs: NOW_MS,
  })
  expect(catalogue.providers.map(({ slug, name }) => [slug, name])).toEqual([
    ['openai', 'House OpenAI'],
    ['sim', 'Switchyard Sim'],
  ])
  const mini = catalogue.models.get('openai/gpt-4o-mini')
  expect(mini?.endpoints.map(({ prices }) => prices.prompt)).toEqual([10n ** 14n])
  expect(catalogue.models.get('openai/gpt-4o')?.endpoints[0]?.provider.name).toBe('House OpenAI')
})

test('the built-in provider is left out when it is off', async () => {
  const { catalogue } = await loadCatalogue({ config: { providerFile: null, isSimOn: false }, env: {}, nowMs: NOW_MS })
  expect(catalogue.models.size).toBe(0)
  expect(catalogue.providers).toEqual([])
})

test('faults of the file and of the environment are told together', async () => {
  await writeFile(providerFile, fileWithPrice('-1'))
  const env = { OPENAI_API_KEY: 'o', OPENAI_BASE_URL: 'nonsense' }
  const failure: unknown = await loadCatalogue({ config: { providerFile, isSimOn: true }, env, nowMs: NOW_MS }).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(ConfigError)
  expect((failure as ConfigError).problems).toEqual([
    `${providerFile}:7: providers[0].models[0].pricing.prompt: must not be negative`,
    expect.stringMatching(/^OPENAI_BASE_URL: /),
  ])
})

test('the same input gives the same price version', async () => {
  await writeFile(providerFile, fileWithPrice('0.1'))
  const load = async () =>
    (await loadCatalogue({ config: { providerFile, isSimOn: true }, env: { GROQ_API_KEY: 'g' }, nowMs: NOW_MS }))
      .catalogue.priceVersion
  expect(await load()).toBe(await load())
})

test('known providers without a credential are for those who bring one, unless the file has a provider of that name', async () => {
  const load = async (byokProviders: 'all' | string[], file: string | null = null) => {
    const config = { providerFile: file, isSimOn: false, byokProviders }
    return (await loadCatalogue({ config, env: { GROQ_API_KEY: 'g' }, nowMs: NOW_MS })).catalogue
  }
  const some = await load(['openai', 'groq'])
  expect(some.providers.map(({ slug, apiKey, isByokOnly }) => [slug, apiKey, isByokOnly])).toEqual([
    ['openai', null, true],
    ['groq', 'g', undefined],
  ])
  expect(some.models.get('openai/gpt-4o-mini')?.endpoints[0]?.provider.slug).toBe('openai')
  expect((await load('all')).providers.map(({ slug }) => slug)).toContain('anthropic')
  expect((await load([])).providers.map(({ slug }) => slug)).toEqual(['groq'])
  await writeFile(providerFile, fileWithPrice('0.1'))
  const filed = await load('all', providerFile)
  expect(filed.providers.find(({ slug }) => slug === 'openai')).toMatchObject({ name: 'House OpenAI' })
  expect(filed.models.get('openai/gpt-4o')?.endpoints.map(({ tag }) => tag)).toEqual(['openrouter'])
})
