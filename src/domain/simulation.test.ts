import { expect, test } from 'vitest'
import type { Catalogue, Endpoint, Model, Provider } from './catalogue.ts'
import { namesOf } from './catalogue-names.ts'
import { putInForce } from './guardrail-in-force.ts'
import type { Guardrail } from './guardrail-merge.ts'
import { NO_USAGE } from './pricing.ts'
import { type PastRequest, type ProposedLimit, Simulation } from './simulation.ts'

const PROVIDERS = ['cheap', 'dear'].map((slug) => {
  const dataPolicy = { training: false, retainsPrompts: slug === 'cheap' }
  return { slug, name: slug, visibility: null, dataPolicy, dataRegion: 'global' } as Provider
})
const ENDPOINTS = PROVIDERS.map((provider, at) => {
  const price = BigInt(1 + at) * 1_000_000n
  return {
    id: provider.slug,
    modelId: 'a/m',
    provider,
    tag: provider.slug,
    prices: { prompt: price, completion: price },
  }
}) as Endpoint[]
const MODEL = { id: 'a/m', canonicalSlug: 'a/m', endpoints: ENDPOINTS } as unknown as Model
const CATALOGUE: Catalogue = { priceVersion: '', models: new Map([['a/m', MODEL]]), providers: PROVIDERS }

const SILENT: Guardrail = {
  id: 'g',
  name: 'g',
  allowedModels: null,
  ignoredModels: null,
  allowedProviders: null,
  ignoredProviders: null,
  allowedDataRegions: null,
  zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
  freeModelPublication: null,
  freeModelTraining: null,
  paidModelTraining: null,
  filters: [],
  builtins: [],
  limit: null,
  interval: 'lifetime',
  includesByok: false,
  onFilterTimeout: 'block',
}

function simulate(guardrail: Partial<Guardrail> | null, limit: Partial<ProposedLimit> | null = null): Simulation {
  const layers = [{ scope: 'workspace' as const, guardrail: { ...SILENT, ...guardrail } }]
  const force = putInForce(layers, namesOf(CATALOGUE), [])
  return new Simulation({
    restrictionIn: guardrail === null ? null : () => ({ guardrail: force, catalogue: CATALOGUE }),
    catalogueIn: () => CATALOGUE,
    limit: limit && { per: 'workspace', amount: 0n, interval: 'daily', includesByok: false, ...limit },
  })
}

/** A hundred tokens in and a hundred out at the cheap provider, for 200 nano-dollars. */
function past(fields: Partial<PastRequest> = {}): PastRequest {
  return {
    at: Date.UTC(2026, 1, 1),
    countedOn: '2026-02-01',
    workspaceId: 'w',
    keyId: 1n,
    userId: 'u',
    projectId: null,
    model: 'a/m',
    endpointId: 'cheap',
    cost: 200n,
    byokCost: 0n,
    usage: { ...NO_USAGE, promptTokens: 100, completionTokens: 100 },
    ...fields,
  }
}

const UNAFFECTED = { kind: 'unaffected' }

test("an endpoint that is forbidden gives way to another of its model, at that one's price", () => {
  const noRetention = { zdr: { ...SILENT.zdr, other: true } }
  expect(simulate(noRetention).judge(past())).toEqual({ kind: 'rerouted', cost: 400n })
  expect(simulate(noRetention).judge(past({ endpointId: 'dear', cost: 400n }))).toEqual(UNAFFECTED)
  expect(simulate({ ignoredProviders: ['dear'] }).judge(past({ endpointId: 'dear', cost: 400n }))).toEqual({
    kind: 'rerouted',
    cost: 200n,
  })
})

test('where none is left it is blocked, for each reason once', () => {
  const verdict = simulate({ ignoredProviders: ['dear'], zdr: { ...SILENT.zdr, other: true } }).judge(past())
  expect(verdict).toEqual({ kind: 'blocked', reasons: ['data_policy:zdr', 'ignored_providers'] })
  expect(simulate({ ignoredModels: ['a/m'] }).judge(past())).toEqual({ kind: 'blocked', reasons: ['ignored_models'] })
})

test('what the catalogue does not know any more is held to the limit alone', () => {
  const gone = past({ endpointId: 'gone' })
  const simulation = simulate({ ignoredModels: ['a/m'] }, { amount: 300n })
  expect([simulation.isKnown(gone), simulation.isKnown(past())]).toEqual([false, true])
  expect(simulation.judge(gone)).toEqual(UNAFFECTED)
  expect(simulation.judge(gone)).toEqual({ kind: 'blocked', reasons: ['limit'] })
})

test('a limit lets through what fits, shortens what fits in part, and begins anew with its window', () => {
  const simulation = simulate(null, { amount: 550n })
  expect([simulation.judge(past()), simulation.judge(past())]).toEqual([UNAFFECTED, UNAFFECTED])
  // 150 are left: 100 tokens in and 50 out.
  expect(simulation.judge(past())).toEqual({ kind: 'shortened', cost: 150n })
  expect(simulation.judge(past())).toEqual({ kind: 'blocked', reasons: ['limit'] })
  expect(simulation.judge(past({ cost: 0n, usage: NO_USAGE }))).toEqual(UNAFFECTED)
  expect(simulation.judge(past({ workspaceId: 'other' }))).toEqual(UNAFFECTED)
  expect(simulation.judge(past({ countedOn: '2026-02-02' }))).toEqual(UNAFFECTED)
})

test('a rerouted request is shortened at the price of where it goes', () => {
  const simulation = simulate({ ignoredProviders: ['cheap'] }, { amount: 300n })
  expect(simulation.judge(past())).toEqual({ kind: 'shortened', cost: 300n })
})

test('ranks paid for by search units are rerouted at the price of a unit there, and blocked where the units do not fit', () => {
  const [cheap, dear] = ENDPOINTS as [Endpoint, Endpoint]
  const endpoints = [
    { ...cheap, prices: { prompt: 0n, completion: 0n, searchUnit: 50n } },
    { ...dear, prices: { prompt: 0n, completion: 0n, searchUnit: 80n } },
  ]
  const models = new Map([['a/m', { ...MODEL, endpoints } as Model]])
  const layers = [{ scope: 'workspace' as const, guardrail: { ...SILENT, ignoredProviders: ['cheap'] } }]
  const guardrail = putInForce(layers, namesOf(CATALOGUE), [])
  const catalogue = { ...CATALOGUE, models }
  const judge = (amount: bigint) =>
    new Simulation({
      restrictionIn: () => ({ guardrail, catalogue }),
      catalogueIn: () => catalogue,
      limit: { per: 'workspace', amount, interval: 'daily', includesByok: false },
    }).judge(past({ cost: 150n, usage: { ...NO_USAGE, searchUnits: 3 } }))
  expect(judge(240n)).toEqual({ kind: 'rerouted', cost: 240n })
  expect(judge(239n)).toEqual({ kind: 'blocked', reasons: ['limit'] })
})

test('what was spent before counts, and BYOK spend where the limit says so', () => {
  const simulation = simulate(null, { amount: 200n })
  simulation.count(past({ cost: 50n }))
  expect(simulation.judge(past())).toMatchObject({ kind: 'shortened' })
  const byok = past({ cost: 0n, byokCost: 200n })
  expect(simulate(null, { amount: 100n }).judge(byok)).toEqual(UNAFFECTED)
  expect(simulate(null, { amount: 100n, includesByok: true }).judge(byok)).toMatchObject({ kind: 'blocked' })
})

test('a limit per member or project is none for keys without', () => {
  const verdictOf = (per: ProposedLimit['per']) => simulate(null, { per }).judge(past({ userId: null })).kind
  expect([verdictOf('member'), verdictOf('project'), verdictOf('key'), verdictOf('workspace')]).toEqual([
    'unaffected',
    'unaffected',
    'blocked',
    'blocked',
  ])
})

test('what a content filter blocks spends nothing', () => {
  const simulation = simulate({}, { amount: 200n })
  expect(simulation.judge(past(), true)).toEqual({ kind: 'blocked', reasons: ['content_filter'] })
  expect(simulation.judge(past())).toEqual(UNAFFECTED)
})
