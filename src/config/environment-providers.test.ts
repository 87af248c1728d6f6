import { afterEach, expect, test, vi } from 'vitest'
import { buildCatalogue, findModel } from '../domain/build-catalogue.ts'
import { isFree } from '../domain/pricing.ts'
import { ENVIRONMENT_PROVIDER_VARIABLES, readEnvironmentProviders } from './environment-providers.ts'

const NOW_MS = Date.UTC(2026, 9, 1)
const ALL = {
  OPENAI_API_KEY: 'o',
  ANTHROPIC_API_KEY: 'a',
  GEMINI_API_KEY: 'e',
  GROQ_API_KEY: 'g',
  MISTRAL_API_KEY: 'm',
  DEEPSEEK_API_KEY: 'd',
  XAI_API_KEY: 'x',
  CEREBRAS_API_KEY: 'c',
  MOONSHOT_API_KEY: 'k',
  OPENROUTER_API_KEY: 'r',
}

afterEach(() => vi.unstubAllGlobals())

test('without a key there is no provider', async () => {
  expect(await readEnvironmentProviders({ OPENAI_API_KEY: '', OPENAI_BASE_URL: 'https://x.test' }, NOW_MS)).toEqual({
    providers: [],
    endpoints: [],
  })
})

test('each key switches on its provider, with the key and not with another', async () => {
  const { providers } = await readEnvironmentProviders(ALL, NOW_MS)
  expect(providers.map(({ slug, apiKey }) => [slug, apiKey])).toEqual([
    ['openai', 'o'],
    ['anthropic', 'a'],
    ['google-ai-studio', 'e'],
    ['groq', 'g'],
    ['mistral', 'm'],
    ['deepseek', 'd'],
    ['xai', 'x'],
    ['cerebras', 'c'],
    ['moonshotai', 'k'],
    ['openrouter', 'r'],
  ])
})

test('nothing is fetched from the network', async () => {
  const fetch = vi.fn(() => Promise.reject(new Error('no network')))
  vi.stubGlobal('fetch', fetch)
  await readEnvironmentProviders(ALL, NOW_MS)
  expect(fetch).not.toHaveBeenCalled()
})

test('every model is priced, and only a variant that says so is free', async () => {
  const { endpoints } = await readEnvironmentProviders(ALL, NOW_MS)
  expect(endpoints.length).toBeGreaterThan(100)
  const free = endpoints.filter(
    ({ prices, modelId, providerSlug }) => isFree(prices) && !(providerSlug === 'openrouter' && /:free$/.test(modelId)),
  )
  // The package itself lists these at zero dollars.
  for (const { wirePricing } of free) expect(wirePricing).toMatchObject({ prompt: '0', completion: '0' })
  expect(free.every(({ providerSlug }) => providerSlug === 'openrouter')).toBe(true)
})

test('every model id has the form author/model and is offered once by a provider', async () => {
  const { endpoints } = await readEnvironmentProviders(ALL, NOW_MS)
  for (const { modelId } of endpoints) expect(modelId).toMatch(/^[\w.-]+\/[\w.-]+(:free)?$/)
  expect(new Set(endpoints.map((e) => `${e.providerSlug} ${e.modelId}`)).size).toBe(endpoints.length)
})

test('a well-known model has its published prices, cached input included, and its name', async () => {
  const catalogue = buildCatalogue([await readEnvironmentProviders({ OPENAI_API_KEY: 'o' }, NOW_MS)])
  const model = findModel(catalogue, 'openai/gpt-4o-mini')
  expect(model).toMatchObject({
    name: 'gpt 4o mini',
    endpoints: [
      {
        upstreamId: 'gpt-4o-mini',
        contextLength: 128_000,
        prices: { prompt: 150_000_000n, completion: 600_000_000n, inputCacheRead: 75_000_000n },
      },
    ],
  })
})

test('models that answer neither chat completions nor embeddings are not offered, and those for embeddings are told apart', async () => {
  const { endpoints } = await readEnvironmentProviders(ALL, NOW_MS)
  const own = endpoints.filter(({ providerSlug }) => providerSlug !== 'openrouter')
  const ids = own.map(({ modelId }) => modelId)
  const embeddings = own.filter(({ outputModalities }) => outputModalities?.includes('embeddings'))
  expect(embeddings.map(({ modelId }) => modelId)).toEqual(ids.filter((id) => /embed/.test(id)))
  expect(embeddings.find(({ modelId }) => modelId === 'openai/text-embedding-3-small')?.prices).toEqual({
    prompt: 20_000_000n,
    completion: 0n,
  })
  expect(
    ids.filter((id) => /whisper|tts|transcribe|realtime|moderation|ocr|gpt.*image|deep-research|davinci/.test(id)),
  ).toEqual([])
})

test('a price with a start date is charged from that day on', async () => {
  const priceAt = async (nowMs: number) => {
    const { endpoints } = await readEnvironmentProviders({ MISTRAL_API_KEY: 'm' }, nowMs)
    return endpoints.find(({ modelId }) => modelId === 'mistralai/ministral-8b-latest')?.prices.prompt
  }
  expect(await priceAt(Date.UTC(2025, 11, 1))).toBe(100_000_000n)
  expect(await priceAt(Date.UTC(2025, 11, 2))).toBe(150_000_000n)
})

test('prices that depend on the hour or on the length of the input are told with what they depend on', async () => {
  const { endpoints } = await readEnvironmentProviders({ OPENAI_API_KEY: 'o', DEEPSEEK_API_KEY: 'd' }, NOW_MS)
  const pricesFor = (id: string) => endpoints.find(({ modelId }) => modelId === id)?.prices
  expect(pricesFor('deepseek/deepseek-chat')).toEqual({
    prompt: 135_000_000n,
    completion: 550_000_000n,
    inputCacheRead: 35_000_000n,
    overrides: [
      { utcStart: 30, utcEnd: 1630, prompt: 270_000_000n, completion: 1_100_000_000n, inputCacheRead: 70_000_000n },
    ],
  })
  expect(pricesFor('openai/gpt-5.4')).toEqual({
    prompt: 2_500_000_000n,
    completion: 15_000_000_000n,
    inputCacheRead: 250_000_000n,
    overrides: [
      {
        minPromptTokens: 271_999,
        prompt: 5_000_000_000n,
        completion: 22_500_000_000n,
        inputCacheRead: 500_000_000n,
      },
    ],
  })
})

test('a provider with a format of its own is spoken to in it', async () => {
  const { endpoints, providers } = await readEnvironmentProviders({ GEMINI_API_KEY: 'e' }, NOW_MS)
  expect(providers).toMatchObject([{ slug: 'google-ai-studio', dialect: 'gemini' }])
  expect(endpoints.find(({ modelId }) => modelId === 'google/gemini-2.5-pro')).toMatchObject({
    upstreamId: 'gemini-2.5-pro',
    contextLength: 1_048_576,
    prices: { prompt: 1_250_000_000n, overrides: [{ minPromptTokens: 200_000, prompt: 2_500_000_000n }] },
  })
  expect(endpoints.filter(({ modelId }) => !/^google\/gem/.test(modelId))).toEqual([])
})

test('Claude is called as clients call it, and asked for as Anthropic does', async () => {
  const { endpoints } = await readEnvironmentProviders({ ANTHROPIC_API_KEY: 'a' }, NOW_MS)
  const upstreamIds = Object.fromEntries(endpoints.map(({ modelId, upstreamId }) => [modelId, upstreamId]))
  expect(upstreamIds).toMatchObject({
    'anthropic/claude-sonnet-4.5': 'claude-sonnet-4-5',
    'anthropic/claude-opus-4': 'claude-opus-4-0',
    'anthropic/claude-3.5-haiku': 'claude-3-5-haiku-latest',
  })
  expect(Object.keys(upstreamIds).filter((id) => /latest|-\d-\d|claude-[v2]/.test(id))).toEqual([])
  expect(endpoints.find(({ modelId }) => modelId === 'anthropic/claude-sonnet-4.5')).toMatchObject({
    maxCompletionTokens: 64_000,
    inputModalities: ['text', 'image', 'file'],
    prices: { inputCacheWrite: 3_750_000_000n, inputCacheWrite1h: 6_000_000_000n },
  })
})

test('ids that a provider does not know are translated to those of its API', async () => {
  const { endpoints } = await readEnvironmentProviders({ MISTRAL_API_KEY: 'm', GROQ_API_KEY: 'g' }, NOW_MS)
  const upstreamIds = Object.fromEntries(endpoints.map(({ modelId, upstreamId }) => [modelId, upstreamId]))
  expect(upstreamIds).toMatchObject({
    'mistralai/mistral-large': 'mistral-large-latest',
    'mistralai/mistral-nemo': 'open-mistral-nemo',
    'mistralai/magistral-medium': 'magistral-medium-latest',
    'mistralai/mistral-small-2603': 'mistral-small-2603',
    'meta-llama/llama-3.3-70b-versatile': 'llama-3.3-70b-versatile',
    'openai/gpt-oss-120b': 'openai/gpt-oss-120b',
  })
})

test('a base URL of the environment replaces the usual one and is not trusted with private addresses', async () => {
  const { providers } = await readEnvironmentProviders(
    { OPENAI_API_KEY: 'o', OPENAI_BASE_URL: 'http://10.0.0.5/v1/' },
    NOW_MS,
  )
  expect(providers[0]).toMatchObject({ baseUrl: 'http://10.0.0.5/v1', isFromConfigFile: false })
})

test('all bad base URLs are told at once, without their contents', async () => {
  const env = { ...ALL, OPENAI_BASE_URL: 'nonsense', GROQ_BASE_URL: 'https://u:hunter22@x.test' }
  const failure = await readEnvironmentProviders(env, NOW_MS).catch(String)
  expect(failure).toMatch(/OPENAI_BASE_URL: must be[\s\S]*GROQ_BASE_URL: must be/)
  expect(failure).not.toContain('hunter22')
})

test('the variables are listed', () => {
  expect(ENVIRONMENT_PROVIDER_VARIABLES).toEqual(
    expect.arrayContaining(['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENROUTER_API_KEY']),
  )
})
