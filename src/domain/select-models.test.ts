import { expect, test } from 'vitest'
import type { Endpoint, Model } from './catalogue.ts'
import {
  filterModels,
  type ListedModel,
  type ModelFilter,
  type ModelMeasures,
  type ModelSort,
  sortModels,
} from './select-models.ts'

const NOTHING_MEASURED: ModelMeasures = {
  throughput: () => null,
  latency: () => null,
  toolSuccess: () => null,
}

const NOW = Date.UTC(2026, 0, 31)
const DAY = 86_400

interface Known {
  price?: bigint
  output?: bigint
  context?: number
  daysOld?: number
  provider?: string
  region?: 'global' | 'europe' | 'us'
  keeps?: boolean
}

function listed(id: string, known: Known = {}, rest: Partial<Model> = {}): ListedModel {
  const { price = 1_000_000_000n, output = 2_000_000_000n, context = 1_000, daysOld, provider = 'alpha' } = known
  const endpoint: Endpoint = {
    id,
    modelId: id,
    provider: {
      slug: provider,
      name: provider.toUpperCase(),
      dialect: 'openai-chat',
      baseUrl: 'https://x.test',
      apiKey: null,
      isFromConfigFile: false,
      visibility: null,
      dataPolicy: { training: false, retainsPrompts: known.keeps ?? true },
      dataRegion: known.region ?? 'global',
      privacyPolicyUrl: null,
      termsOfServiceUrl: null,
      statusPageUrl: null,
    },
    upstreamId: id,
    tag: provider,
    prices: { prompt: price, completion: output },
    wirePricing: {},
    contextLength: context,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: ['tools'],
  }
  const model: Model = {
    id,
    canonicalSlug: id,
    name: id,
    created: daysOld === undefined ? 0 : NOW / 1_000 - daysOld * DAY,
    description: '',
    inputModalities: ['text'],
    outputModalities: ['text'],
    knowledgeCutoff: null,
    endpoints: [endpoint],
    ...rest,
  }
  return { id, model, isAlias: false }
}

const index = (intelligence: number | null) => ({
  facts: {
    benchmarks: {
      artificial_analysis: { intelligence_index: intelligence, coding_index: 1, agentic_index: null },
      design_arena: [
        { arena: 'a', category: 'c', elo: 1_200, win_rate: 50, rank: 2 },
        { arena: 'b', category: 'c', elo: 1_300, win_rate: 60, rank: 1 },
      ],
    },
  },
})

const PLAIN = listed('a/plain')
const DEAR = listed('b/dear', { price: 5_000_000_000n, output: 9_000_000_000n, provider: 'beta' })
const OLD = listed('a/old', { daysOld: 30.5, context: 9_000, region: 'europe' })
const NEW = listed('c/new', { daysOld: 0.5, keeps: false, region: 'us' })
const CLEVER = listed('c/clever', {}, { ...index(60), inputModalities: ['text', 'image'] })
const SPOKEN = listed('d/spoken', {}, { outputModalities: ['audio'], facts: { tokenizer: 'GPT', distillable: true } })
const CODER = listed('d/coder', {}, { facts: { categories: ['programming'], distillable: false } })
const ALL = [PLAIN, DEAR, OLD, NEW, CLEVER, SPOKEN, CODER]

const measures = { ...NOTHING_MEASURED, toolSuccess: (model: Model) => (model.id === 'a/plain' ? 0.9 : null) }

test.each<[ModelFilter, ListedModel[]]>([
  [{}, [PLAIN, DEAR, OLD, NEW, CLEVER, CODER]],
  [{ output_modalities: 'audio,image' }, [SPOKEN]],
  [{ output_modalities: 'all' }, ALL],
  [{ input_modalities: 'image, text' }, [CLEVER]],
  [{ q: ' CLEV ' }, [CLEVER]],
  [{ category: 'programming' }, [CODER]],
  [{ supported_parameters: 'tools,seed' }, []],
  [{ context: 9_000 }, [OLD]],
  [{ min_price: 1.01 }, [DEAR]],
  [{ max_price: 1, max_output_price: 1.99 }, []],
  [{ min_output_price: 9, max_output_price: 9 }, [DEAR]],
  [{ arch: 'gpt', output_modalities: 'all' }, [SPOKEN]],
  [{ model_authors: 'B, c' }, [DEAR, NEW, CLEVER]],
  [{ providers: 'Beta' }, [DEAR]],
  [{ distillable: 'true', output_modalities: 'all' }, [SPOKEN]],
  [{ distillable: 'false' }, [CODER]],
  [{ zdr: 'true' }, [NEW]],
  [{ region: 'eu' }, [OLD]],
  [{ region: 'us' }, [NEW]],
  [{ min_age_days: 30 }, [OLD]],
  [{ max_age_days: 1 }, [NEW]],
  [{ min_intelligence_index: 60, max_intelligence_index: 60 }, [CLEVER]],
  [{ min_coding_index: 2 }, []],
  [{ max_agentic_index: 100 }, []],
  [{ min_tool_success_rate: 0.9 }, [PLAIN]],
  [{ max_tool_success_rate: 0.8 }, []],
  [{ zdr: 'true', region: 'eu' }, []],
])('%j leaves the models of which all of it is known to hold', (filter, expected) => {
  const left = filterModels(ALL, filter, { now: NOW, measures })
  expect(left.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
})

test('a name that stands for a model is found by its own author', () => {
  const alias = { ...PLAIN, id: '~a/plain-latest', isAlias: true }
  const moment = { now: NOW, measures: NOTHING_MEASURED }
  expect(filterModels([alias], { model_authors: 'a' }, moment)).toEqual([alias])
})

const speeds: Record<string, number> = { 'a/plain': 40, 'c/new': 90 }
const measured = {
  ...NOTHING_MEASURED,
  throughput: ({ id }: Model) => speeds[id] ?? null,
  latency: ({ id }: Model) => speeds[id] ?? null,
}

test.each<[ModelSort, string[]]>([
  ['pricing-low-to-high', ['a/plain', 'a/old', 'c/new', 'c/clever', 'b/dear']],
  ['pricing-high-to-low', ['b/dear', 'a/plain', 'a/old', 'c/new', 'c/clever']],
  ['newest', ['c/new', 'a/old', 'a/plain', 'b/dear', 'c/clever']],
  ['context-high-to-low', ['a/old', 'a/plain', 'b/dear', 'c/new', 'c/clever']],
  ['throughput-high-to-low', ['c/new', 'a/plain', 'b/dear', 'a/old', 'c/clever']],
  ['latency-low-to-high', ['a/plain', 'c/new', 'b/dear', 'a/old', 'c/clever']],
  ['intelligence-high-to-low', ['c/clever', 'a/plain', 'b/dear', 'a/old', 'c/new']],
  ['coding-high-to-low', ['c/clever', 'a/plain', 'b/dear', 'a/old', 'c/new']],
  ['agentic-high-to-low', ['a/plain', 'b/dear', 'a/old', 'c/new', 'c/clever']],
  ['design-arena-elo-high-to-low', ['c/clever', 'a/plain', 'b/dear', 'a/old', 'c/new']],
  ['most-popular', ['a/plain', 'b/dear', 'a/old', 'c/new', 'c/clever']],
  ['top-weekly', ['a/plain', 'b/dear', 'a/old', 'c/new', 'c/clever']],
])('%s, those last of which it is not known, and else as they came', (sort, expected) => {
  const models = [PLAIN, DEAR, OLD, NEW, CLEVER]
  expect(sortModels(models, sort, measured).map(({ id }) => id)).toEqual(expected)
})
