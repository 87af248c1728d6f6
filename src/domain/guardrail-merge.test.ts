import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUILTIN_SLUGS, DATA_REGIONS, FILTER_ACTIONS, SCAN_SCOPES } from '../contract/management/guardrail-fields.ts'
import type { DataRegion } from './catalogue.ts'
import type { CatalogueNames } from './catalogue-names.ts'
import {
  type BuiltinFilter,
  type ContentFilter,
  exclusionsOf,
  GUARDRAIL_SCOPES,
  type Guardrail,
  type GuardrailLayer,
  mergeGuardrails,
  zdrGroupOf,
} from './guardrail-merge.ts'

const NAMES: CatalogueNames = {
  model: (name) => (name.toLowerCase() === 'openai/latest' ? 'openai/gpt-1' : name),
  provider: (name) => (name === 'Alpha Inc.' ? 'alpha' : name),
}

const SILENT: Guardrail = {
  id: 'g',
  name: 'g',
  allowedModels: null,
  ignoredModels: null,
  allowedProviders: null,
  ignoredProviders: null,
  zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
  freeModelPublication: null,
  freeModelTraining: null,
  paidModelTraining: null,
  allowedDataRegions: null,
  filters: [],
  builtins: [],
  limit: null,
  interval: 'lifetime',
  includesByok: false,
  onFilterTimeout: 'block',
}

const layer = (fields: Partial<Guardrail>, scope: GuardrailLayer['scope'] = 'key'): GuardrailLayer => ({
  scope,
  guardrail: { ...SILENT, ...fields },
})
const merge = (...layers: GuardrailLayer[]) => mergeGuardrails(layers, NAMES)

type Policy = { training: boolean; retainsPrompts: boolean }
const endpoint = (
  provider: string,
  { dataRegion = 'global', ...policy }: Partial<Policy> & { dataRegion?: DataRegion } = {},
  price = 1n,
  tag = provider,
) => ({
  provider: {
    slug: provider,
    name: provider,
    dialect: 'openai-chat' as const,
    baseUrl: '',
    apiKey: null,
    isFromConfigFile: false,
    visibility: null,
    dataPolicy: { training: false, retainsPrompts: false, ...policy },
    dataRegion,
    privacyPolicyUrl: null,
    termsOfServiceUrl: null,
    statusPageUrl: null,
  },
  tag,
  prices: { prompt: price, completion: price },
})

describe('one rule after the other', () => {
  test('nothing restricts nothing', () => {
    expect(merge()).toEqual({
      allowedModels: null,
      ignoredModels: new Set(),
      allowedProviders: null,
      ignoredProviders: new Set(),
      zdr: { anthropic: false, openai: false, google: false, xai: false, other: false },
      freeModelPublication: true,
      freeModelTraining: true,
      paidModelTraining: true,
      allowedDataRegions: null,
      onFilterTimeout: 'allow',
      filters: [],
      builtins: [],
      budgets: [],
    })
  })

  test('allow-lists intersect, also to nothing; a list that is null leaves the others as they are', () => {
    const [a, b] = [layer({ allowedModels: ['a/1', 'a/2'] }), layer({ allowedModels: ['a/2', 'a/3'] })]
    expect(merge(a, layer({}), b).allowedModels).toEqual(new Set(['a/2']))
    expect(merge(a, layer({ allowedModels: ['a/3'] })).allowedModels).toEqual(new Set())
    expect(merge(layer({}), a).allowedModels).toEqual(new Set(['a/1', 'a/2']))
  })

  test('names are compared in one spelling: alias, case, variant, display name', () => {
    const aliased = merge(layer({ allowedModels: ['OpenAI/Latest:free'] }), layer({ allowedModels: ['openai/gpt-1'] }))
    expect(aliased.allowedModels).toEqual(new Set(['openai/gpt-1']))
    const providers = merge(layer({ allowedProviders: ['Alpha Inc.'] }), layer({ allowedProviders: ['ALPHA', 'beta'] }))
    expect(providers.allowedProviders).toEqual(new Set(['alpha']))
    const forbidden = merge(layer({ ignoredModels: ['openai/gpt-1:nitro'] }))
    expect(exclusionsOf(forbidden, { id: 'openai/latest' }, endpoint('alpha'), NAMES)).toEqual(['ignored_models'])
  })

  test('one endpoint of a provider lies within the provider', () => {
    const both = merge(
      layer({ allowedProviders: ['alpha', 'beta/fp8'] }),
      layer({ allowedProviders: ['alpha/fp8', 'beta'] }),
    )
    expect(both.allowedProviders).toEqual(new Set(['alpha/fp8', 'beta/fp8']))
    expect(exclusionsOf(both, { id: 'a/1' }, endpoint('alpha', {}, 1n, 'alpha/fp8'), NAMES)).toEqual([])
    expect(exclusionsOf(both, { id: 'a/1' }, endpoint('alpha'), NAMES)).toEqual(['allowed_providers'])
  })

  test('ignored models and providers unite', () => {
    const both = merge(layer({ ignoredModels: ['a/1'], ignoredProviders: ['x'] }), layer({ ignoredModels: ['a/2'] }))
    expect(both).toMatchObject({ ignoredModels: new Set(['a/1', 'a/2']), ignoredProviders: new Set(['x']) })
  })

  test('zero data retention holds when one demands it; false does not relax', () => {
    const on = { ...SILENT.zdr, openai: true }
    const off = { anthropic: false, openai: false, google: false, xai: false, other: false }
    expect(merge(layer({ zdr: on }), layer({ zdr: off })).zdr).toEqual({ ...off, openai: true })
  })

  test('a switch is on while none turns it off', () => {
    const off = layer({ paidModelTraining: false, freeModelTraining: null })
    expect(merge(off, layer({ paidModelTraining: true }))).toMatchObject({
      paidModelTraining: false,
      freeModelTraining: true,
    })
  })

  test('of the same filter the strictest action counts, and the widest scope', () => {
    const filters = (action: 'flag' | 'redact' | 'block', label: string | null = null) =>
      layer({ filters: [{ pattern: 'x', action, label }] })
    expect(merge(filters('redact', 'r'), filters('block'), filters('flag')).filters).toEqual([
      { pattern: 'x', action: 'block', label: null },
    ])
    const builtin = (action: 'flag' | 'redact' | 'block', scanScope: 'user_only' | 'all_messages') =>
      layer({ builtins: [{ slug: 'regex-prompt-injection', action, scanScope }] })
    expect(merge(builtin('block', 'user_only'), builtin('flag', 'all_messages')).builtins).toEqual([
      { slug: 'regex-prompt-injection', action: 'block', scanScope: 'all_messages' },
    ])
  })

  test('budgets are collected, from the widest scope to the narrowest', () => {
    const budget = { limit: 5n, interval: 'daily' as const, includesByok: true }
    expect(merge(layer({ ...budget, id: 'k' }), layer({ ...budget, id: 'w' }, 'workspace')).budgets).toEqual([
      { scope: 'workspace', guardrailId: 'w', name: 'g', ...budget },
      { scope: 'key', guardrailId: 'k', name: 'g', ...budget },
    ])
  })

  test.each([
    ['anthropic/claude', 'anthropic'],
    ['x-ai/grok', 'xai'],
    ['google/gemini', 'google'],
    ['meta/llama', 'other'],
    ['OpenAI/gpt', 'openai'],
  ])('%s is of the group %s, whoever runs it', (id, group) => expect(zdrGroupOf(id)).toBe(group))

  test('who retains or trains is excluded from a group with zero data retention, and from no other', () => {
    const zdr = merge(layer({ zdr: { ...SILENT.zdr, openai: true } }))
    for (const policy of [{ training: true }, { retainsPrompts: true }]) {
      expect(exclusionsOf(zdr, { id: 'openai/x' }, endpoint('alpha', policy), NAMES)).toEqual(['data_policy:zdr'])
      expect(exclusionsOf(zdr, { id: 'meta/x' }, endpoint('alpha', policy), NAMES)).toEqual([])
    }
    expect(exclusionsOf(zdr, { id: 'openai/x' }, endpoint('alpha'), NAMES)).toEqual([])
  })

  test('data regions intersect, and who says nothing of theirs is nowhere in particular', () => {
    const [west, east] = [layer({ allowedDataRegions: ['us', 'europe'] }), layer({ allowedDataRegions: ['europe'] })]
    expect(merge(west, layer({}), east).allowedDataRegions).toEqual(new Set(['europe']))
    const excluded = (...layers: GuardrailLayer[]) =>
      DATA_REGIONS.filter(
        (dataRegion) => exclusionsOf(merge(...layers), { id: 'a/1' }, endpoint('p', { dataRegion }), NAMES).length > 0,
      )
    expect([excluded(west), excluded(west, east), excluded(layer({}))]).toEqual([['global'], ['global', 'us'], []])
    expect(exclusionsOf(merge(east), { id: 'a/1' }, endpoint('p'), NAMES)).toEqual(['data_region'])
  })

  test('training is switched off apart for free and for paid endpoints', () => {
    const model = { id: 'a/1' }
    const [free, paid] = [endpoint('p', { training: true }, 0n), endpoint('p', { training: true })]
    const noPaid = merge(layer({ paidModelTraining: false }))
    const noFree = merge(layer({ freeModelTraining: false }))
    const noPublication = merge(layer({ freeModelPublication: false }))
    expect(exclusionsOf(noPaid, model, paid, NAMES)).toEqual(['data_policy:training'])
    expect(exclusionsOf(noPaid, model, free, NAMES)).toEqual([])
    expect(exclusionsOf(noFree, model, free, NAMES)).toEqual(['data_policy:training'])
    expect(exclusionsOf(noFree, model, paid, NAMES)).toEqual([])
    expect(exclusionsOf(noPublication, model, free, NAMES)).toEqual(['data_policy:publication'])
    expect(exclusionsOf(noPublication, model, endpoint('p', {}, 0n), NAMES)).toEqual([])
  })
})

const MODELS = ['openai/gpt-1', 'openai/latest', 'OpenAI/GPT-1:free', 'anthropic/c', 'x-ai/g', 'meta/l', 'meta/l:free']
const PROVIDERS = ['alpha', 'Alpha Inc.', 'beta', 'beta/fp8', 'BETA', 'gamma']
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const list = (from: readonly string[]) => maybe(fc.uniqueArray(fc.constantFrom(...from), { minLength: 1 }))
const flag = maybe(fc.boolean())
const guardrails: fc.Arbitrary<Guardrail> = fc.record({
  id: fc.constantFrom('g1', 'g2', 'g3', 'g4'),
  name: fc.constant('g'),
  allowedModels: list(MODELS),
  ignoredModels: list(MODELS),
  allowedProviders: list(PROVIDERS),
  ignoredProviders: list(PROVIDERS),
  zdr: fc.record({ anthropic: flag, openai: flag, google: flag, xai: flag, other: flag }),
  freeModelPublication: flag,
  freeModelTraining: flag,
  paidModelTraining: flag,
  allowedDataRegions: maybe(fc.uniqueArray(fc.constantFrom(...DATA_REGIONS), { minLength: 1 })),
  filters: fc.array(
    fc.record({
      pattern: fc.constantFrom('a', 'b', 'c'),
      action: fc.constantFrom(...FILTER_ACTIONS),
      label: fc.constantFrom(null, 'l', 'm'),
    }),
    { maxLength: 4 },
  ),
  builtins: fc.array(
    fc.record({
      slug: fc.constantFrom(...BUILTIN_SLUGS),
      action: fc.constantFrom(...FILTER_ACTIONS),
      scanScope: fc.constantFrom(...SCAN_SCOPES),
    }),
    { maxLength: 4 },
  ),
  limit: fc.constant(null),
  interval: fc.constant('lifetime' as const),
  includesByok: fc.boolean(),
  onFilterTimeout: fc.constantFrom('block', 'allow'),
})
const layers = fc.array(fc.record({ scope: fc.constantFrom(...GUARDRAIL_SCOPES), guardrail: guardrails }), {
  maxLength: 5,
})
const endpoints = fc.record({
  model: fc.constantFrom(...MODELS).map((id) => ({ id })),
  endpoint: fc
    .tuple(fc.constantFrom('alpha', 'beta', 'gamma'), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([slug, training, retainsPrompts, isFree, isTagged]) =>
      endpoint(slug, { training, retainsPrompts }, isFree ? 0n : 1n, isTagged ? `${slug}/fp8` : slug),
    ),
})

type Strict = Partial<ContentFilter & BuiltinFilter>

/** Whether `merged` is about the same as `one` and no milder. */
function isAsStrict(merged: Strict, one: Strict): boolean {
  const strictness = ['flag', 'redact', 'block']
  const isSame = merged.pattern === one.pattern && merged.slug === one.slug
  const isNoMilder = strictness.indexOf(merged.action ?? '') >= strictness.indexOf(one.action ?? '')
  return isSame && isNoMilder && (one.scanScope !== 'all_messages' || merged.scanScope === 'all_messages')
}

describe('whatever the guardrails', () => {
  test('an endpoint is left exactly when each of them alone leaves it: the merge never widens, and narrows no further', () => {
    fc.assert(
      fc.property(layers, endpoints, (all, { model, endpoint: candidate }) => {
        const together = exclusionsOf(merge(...all), model, candidate, NAMES).length === 0
        const alone = all.every((one) => exclusionsOf(merge(one), model, candidate, NAMES).length === 0)
        expect(together).toBe(alone)
      }),
      { numRuns: 2_000 },
    )
  })

  test('no filter of any of them is lost or gets milder', () => {
    fc.assert(
      fc.property(layers, (all) => {
        const { filters, builtins } = merge(...all)
        const wanted = all.flatMap(({ guardrail }) => [...guardrail.filters, ...guardrail.builtins])
        const lost = wanted.filter(
          (one) => !(['pattern' in one ? filters : builtins].flat() as Strict[]).some((m) => isAsStrict(m, one)),
        )
        expect(lost).toEqual([])
      }),
    )
  })

  test('neither their order nor their being named twice makes a difference', () => {
    fc.assert(
      fc.property(layers, fc.infiniteStream(fc.nat()), (all, random) => {
        const shuffled = all
          .map((one) => ({ one, rank: random.next().value as number }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ one }) => one)
        expect(merge(...shuffled)).toEqual(merge(...all))
        expect(merge(...all, ...shuffled)).toEqual(merge(...all))
      }),
    )
  })
})

test('what filters could not look through is refused where one that has filters says so', () => {
  const filters = [{ pattern: 'x', action: 'flag' as const, label: null }]
  const outcomeOf = (...changes: Partial<Guardrail>[]) =>
    merge(...changes.map((change) => layer(change))).onFilterTimeout
  expect(outcomeOf({ filters, onFilterTimeout: 'allow' }, { filters, onFilterTimeout: 'block' })).toBe('block')
  expect(outcomeOf({ filters, onFilterTimeout: 'allow' }, { onFilterTimeout: 'block' })).toBe('allow')
})
