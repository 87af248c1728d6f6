import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DATA_REGIONS } from '../contract/management/guardrail-fields.ts'
import { AppError } from './app-error.ts'
import type { Catalogue, DataRegion, Endpoint, Model, Provider } from './catalogue.ts'
import { namesOf } from './catalogue-names.ts'
import { putInForce } from './guardrail-in-force.ts'
import { GUARDRAIL_SCOPES, type Guardrail, type GuardrailLayer } from './guardrail-merge.ts'
import { modelsLeft, type PlanRequest, planAttempts } from './plan.ts'
import { ATTEMPTS_MAX } from './routing/order-attempts.ts'

/*
 * G5: whatever the guardrails and the request, nothing goes to an endpoint that one of them forbids, and what all of them
 * leave is used and listed. What is forbidden is worked out a second time below, rule by rule, from tables written down by hand.
 */

const RUNS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 100_000 : 10_000

interface Runner {
  slug: string
  name: string
  training: boolean
  retains: boolean
  region: DataRegion
}

const RUNNERS: readonly Runner[] = [
  { slug: 'clean', name: 'Clean Co', training: false, retains: false, region: 'europe' },
  { slug: 'keeps', name: 'Keeps', training: false, retains: true, region: 'us' },
  { slug: 'trains', name: 'Trains Inc.', training: true, retains: true, region: 'global' },
]

/** A model's id, the other name it has, the name they are all compared by, and the group of its author. */
const MODELS = [
  { id: 'openai/gpt-1', slug: 'openai/gpt-1-2026', base: 'gpt', group: 'openai', isFree: false },
  { id: 'openai/gpt-1:free', slug: 'openai/gpt-1:free', base: 'gpt', group: 'openai', isFree: true },
  { id: 'anthropic/c', slug: 'anthropic/c', base: 'c', group: 'anthropic', isFree: false },
  { id: 'x-ai/g', slug: 'x-ai/g', base: 'g', group: 'xai', isFree: false },
  { id: 'meta/l', slug: 'meta/l', base: 'l', group: 'other', isFree: false },
  { id: 'meta/l:free', slug: 'meta/l:free', base: 'l', group: 'other', isFree: true },
] as const

/** How a list may spell a model, and which base it means; null for what only looks like one. */
const MODEL_SPELLINGS: Readonly<Record<string, string | null>> = {
  'openai/gpt-1': 'gpt',
  'OpenAI/GPT-1': 'gpt',
  'openai/gpt-1-2026': 'gpt',
  'OPENAI/gpt-1-2026:nitro': 'gpt',
  'openai/gpt-1:free': 'gpt',
  'openai/gpt-1:floor': 'gpt',
  'оpenai/gpt-1': null,
  'openai/gpt-1 ': null,
  'openai/gpt': null,
  'anthropic/c': 'c',
  'anthropic/C:nitro': 'c',
  'аnthropic/c': null,
  'x-ai/g': 'g',
  'X-AI/G': 'g',
  'meta/l': 'l',
  'META/L:FREE': 'l',
  'meta／l': null,
}

/** How a list may spell a provider: whose endpoints it means, all or the tagged one alone. */
const PROVIDER_SPELLINGS: Readonly<Record<string, { slug: string; isTag?: true } | null>> = {
  clean: { slug: 'clean' },
  'Clean Co': { slug: 'clean' },
  'CLEAN CO': { slug: 'clean' },
  'clean/fp8': { slug: 'clean', isTag: true },
  'Clean Co/FP8': { slug: 'clean', isTag: true },
  keeps: { slug: 'keeps' },
  'keeps/fp8': { slug: 'keeps', isTag: true },
  TRAINS: { slug: 'trains' },
  'Trains Inc.': { slug: 'trains' },
  сlean: null,
  'clean/fp4': null,
}

const CATALOGUE = catalogue()

function catalogue(): Catalogue {
  const providers = RUNNERS.map(
    ({ slug, name, training, retains, region }): Provider => ({
      slug,
      name,
      dialect: 'openai-chat',
      baseUrl: '',
      apiKey: null,
      isFromConfigFile: true,
      visibility: null,
      dataPolicy: { training, retainsPrompts: retains },
      dataRegion: region,
      privacyPolicyUrl: null,
      termsOfServiceUrl: null,
      statusPageUrl: null,
    }),
  )
  const models = MODELS.map(({ id, slug, isFree }): [string, Model] => [
    id,
    {
      id,
      canonicalSlug: slug,
      name: id,
      created: 0,
      description: '',
      inputModalities: [],
      outputModalities: [],
      knowledgeCutoff: null,
      endpoints: providers.flatMap((provider) =>
        ['', '/fp8'].map(
          (variant): Endpoint => ({
            id: `${id} ${provider.slug}${variant}`,
            modelId: id,
            provider,
            upstreamId: id,
            tag: provider.slug + variant,
            prices: isFree ? { prompt: 0n, completion: 0n } : { prompt: 1_000n, completion: 2_000n },
            wirePricing: {},
            contextLength: 1,
            maxCompletionTokens: null,
            quantization: 'unknown',
            supportedParameters: [],
          }),
        ),
      ),
    },
  ])
  return { priceVersion: '', models: new Map(models), providers }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 })
const some = (table: object) =>
  maybe(fc.uniqueArray(fc.constantFrom(...Object.keys(table)), { minLength: 1, maxLength: 8 }))
const flag = maybe(fc.boolean())
const guardrails: fc.Arbitrary<Guardrail> = fc.record({
  id: fc.constantFrom('g1', 'g2', 'g3', null),
  name: fc.constant('g'),
  allowedModels: some(MODEL_SPELLINGS),
  ignoredModels: maybe(
    fc.uniqueArray(fc.constantFrom(...Object.keys(MODEL_SPELLINGS)), { minLength: 1, maxLength: 2 }),
  ),
  allowedProviders: some(PROVIDER_SPELLINGS),
  ignoredProviders: maybe(
    fc.uniqueArray(fc.constantFrom(...Object.keys(PROVIDER_SPELLINGS)), { minLength: 1, maxLength: 2 }),
  ),
  zdr: fc.record({ anthropic: flag, openai: flag, google: flag, xai: flag, other: flag }),
  freeModelPublication: flag,
  freeModelTraining: flag,
  paidModelTraining: flag,
  allowedDataRegions: maybe(fc.uniqueArray(fc.constantFrom(...DATA_REGIONS), { minLength: 2 })),
  filters: fc.constant([]),
  builtins: fc.constant([]),
  limit: fc.constant(null),
  interval: fc.constant('lifetime' as const),
  includesByok: fc.constant(false),
  onFilterTimeout: fc.constant('block' as const),
})
const layers: fc.Arbitrary<GuardrailLayer[]> = fc.array(
  fc.record({ scope: fc.constantFrom(...GUARDRAIL_SCOPES), guardrail: guardrails }),
  { maxLength: 3 },
)
const named = fc.option(fc.uniqueArray(fc.constantFrom('clean', 'CLEAN CO', 'keeps', 'Trains Inc.', 'nobody')), {
  nil: undefined,
  freq: 1,
})
const requests: fc.Arbitrary<PlanRequest> = fc.record({
  models: fc.uniqueArray(fc.constantFrom(...MODELS.map(({ id }) => id)), { minLength: 1, maxLength: 3 }),
  provider: maybe(
    fc.record({ only: named, ignore: named, zdr: flag, data_collection: fc.constantFrom(undefined, 'allow', 'deny') }),
  ),
})

/** Each rule in a line of its own, as the reference states it; nothing of the code under test is used. */
function mayUse(endpoint: Endpoint, all: readonly GuardrailLayer[], request: PlanRequest): boolean {
  const { only, ignore, zdr, data_collection } = request.provider ?? {}
  const { runner } = partsOf(endpoint)
  const isNamedIn = (list: readonly string[]) =>
    list.some((name) => [runner.slug, runner.name.toLowerCase()].includes(name.toLowerCase()))
  const wantsPrivacy = zdr === true || data_collection === 'deny'
  return [
    !only || isNamedIn(only),
    !ignore || !isNamedIn(ignore),
    !wantsPrivacy || !(runner.training || runner.retains),
    ...all.flatMap(({ guardrail }) => rulesOf(guardrail, endpoint)),
  ].every(Boolean)
}

/** Whether each rule of a guardrail lets the endpoint pass. */
function rulesOf(rules: Guardrail, endpoint: Endpoint): boolean[] {
  const { model, runner, isTagged } = partsOf(endpoint)
  const isModel = (name: string) => MODEL_SPELLINGS[name] === model.base
  const isProvider = (name: string) => {
    const meant = PROVIDER_SPELLINGS[name]
    return meant?.slug === runner.slug && (meant.isTag !== true || isTagged)
  }
  return [
    rules.allowedModels === null || rules.allowedModels.some(isModel),
    rules.ignoredModels === null || !rules.ignoredModels.some(isModel),
    rules.allowedProviders === null || rules.allowedProviders.some(isProvider),
    rules.ignoredProviders === null || !rules.ignoredProviders.some(isProvider),
    rules.zdr[model.group] !== true || (!runner.training && !runner.retains),
    rules.allowedDataRegions === null || rules.allowedDataRegions.includes(runner.region),
    rules.paidModelTraining !== false || model.isFree || !runner.training,
    rules.freeModelTraining !== false || !model.isFree || !runner.training,
    rules.freeModelPublication !== false || !model.isFree || !runner.training,
  ]
}

function partsOf(endpoint: Endpoint) {
  const model = MODELS.find(({ id }) => id === endpoint.modelId)
  const runner = RUNNERS.find(({ slug }) => slug === endpoint.provider.slug)
  if (model === undefined || runner === undefined) throw new Error('not in the tables')
  return { model, runner, isTagged: endpoint.tag.endsWith('/fp8') }
}

test(`G5 ${RUNS} random guardrails and requests: nothing goes where it is forbidden, what is left is used, and the list of models is what can be called`, () => {
  const names = namesOf(CATALOGUE)
  let [served, refused] = [0, 0]
  fc.assert(
    fc.property(layers, requests, (all, request) => {
      const { exclusionsOf } = putInForce(all, names, [])
      const left = request.models.flatMap((id) =>
        (CATALOGUE.models.get(id)?.endpoints ?? []).filter((endpoint) => mayUse(endpoint, all, request)),
      )
      const planned = plan({ ...request, exclusionsOf })
      expect(planned.filter((endpoint) => !left.includes(endpoint))).toEqual([])
      expect(planned.length).toBe(Math.min(ATTEMPTS_MAX, left.length))
      const shown = modelsLeft(CATALOGUE.models.values(), { exclusionsOf, allowedModels: null })
      const callable = MODELS.filter(({ id }) => plan({ models: [id], provider: null, exclusionsOf }).length > 0)
      expect(shown.map(({ id }) => id)).toEqual(callable.map(({ id }) => id))
      if (left.length > 0) served += 1
      else refused += 1
    }),
    { numRuns: RUNS },
  )
  // Both must occur often, or nothing was shown.
  expect(Math.min(served, refused)).toBeGreaterThan(RUNS / 10)
})

/** A refusal is no endpoints. */
function plan(request: PlanRequest): readonly Endpoint[] {
  try {
    return planAttempts(request, CATALOGUE, () => undefined).endpoints
  } catch (error) {
    if (error instanceof AppError && ['no_endpoints', 'forbidden'].includes(error.code)) return []
    throw error
  }
}
