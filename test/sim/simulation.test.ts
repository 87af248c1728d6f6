import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../src/domain/app-error.ts'
import type { Catalogue, Endpoint, Model, Provider } from '../../src/domain/catalogue.ts'
import { namesOf } from '../../src/domain/catalogue-names.ts'
import { type GuardrailInForce, putInForce } from '../../src/domain/guardrail-in-force.ts'
import type { Guardrail } from '../../src/domain/guardrail-merge.ts'
import { sizeHold } from '../../src/domain/hold-size.ts'
import { minNano } from '../../src/domain/money.ts'
import { planAttempts } from '../../src/domain/plan.ts'
import { costOf, NO_USAGE } from '../../src/domain/pricing.ts'
import { type PastRequest, type ProposedLimit, Simulation } from '../../src/domain/simulation.ts'
import { INTERVALS, toDate } from '../../src/domain/windows.ts'
import { type ModelHold, SpendModel } from './spend-model.ts'

/*
 * What a policy let through under the functions of the request path, with many requests at once, a simulation of the same policy
 * leaves as it is. And whatever is proposed, what it leaves never exceeds a limit.
 */

const RUNS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 100_000 : 3_000
const START = Date.UTC(2026, 1, 26)
const WORKSPACES = ['w1', 'w2']

const PROVIDERS = ['one', 'two'].map(
  (slug): Provider => ({
    slug,
    name: slug,
    dialect: 'openai-chat',
    baseUrl: '',
    apiKey: null,
    isFromConfigFile: true,
    visibility: null,
    dataRegion: slug === 'two' ? 'us' : 'europe',
    dataPolicy: { training: slug === 'two', retainsPrompts: slug === 'two' },
    privacyPolicyUrl: null,
    termsOfServiceUrl: null,
    statusPageUrl: null,
  }),
)
const MODELS = ['a/cheap', 'b/dear'].map((id, at): [string, Model] => [
  id,
  {
    id,
    canonicalSlug: id,
    name: id,
    created: 0,
    description: '',
    inputModalities: [],
    outputModalities: [],
    knowledgeCutoff: null,
    endpoints: PROVIDERS.map(
      (provider): Endpoint => ({
        id: `${id} ${provider.slug}`,
        modelId: id,
        provider,
        upstreamId: id,
        tag: provider.slug,
        prices: {
          prompt: BigInt(1 + at) * 1_000_003n,
          completion: BigInt(1 + at) * 3_000_001n,
          inputCacheRead: 500_000n,
        },
        wirePricing: {},
        contextLength: 1,
        maxCompletionTokens: null,
        quantization: 'unknown',
        supportedParameters: [],
      }),
    ),
  },
])
const CATALOGUE: Catalogue = { priceVersion: '', models: new Map(MODELS), providers: PROVIDERS }

const names = (list: readonly string[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...list), { minLength: 1, maxLength: 1 }), { nil: null, freq: 2 })
const guardrails: fc.Arbitrary<Guardrail> = fc.record({
  id: fc.constant('g'),
  name: fc.constant('g'),
  allowedModels: names(['a/cheap', 'b/dear']),
  ignoredModels: names(['a/cheap', 'b/dear']),
  allowedProviders: names(['one', 'two']),
  ignoredProviders: names(['one', 'two']),
  allowedDataRegions: fc.constantFrom(null, null, ['us' as const], ['global' as const, 'europe' as const]),
  zdr: fc.constant({ anthropic: null, openai: null, google: null, xai: null, other: null }),
  freeModelPublication: fc.constant(null),
  freeModelTraining: fc.constant(null),
  paidModelTraining: fc.option(fc.boolean(), { nil: null }),
  filters: fc.constant([]),
  builtins: fc.constant([]),
  limit: fc.constant(null),
  interval: fc.constant('lifetime' as const),
  includesByok: fc.constant(false),
  onFilterTimeout: fc.constant('block' as const),
})
const limits: fc.Arbitrary<ProposedLimit> = fc.record({
  per: fc.constantFrom('organization', 'workspace', 'member', 'key', 'project'),
  amount: fc.bigInt({ min: 0n, max: 60_000n }),
  interval: fc.constantFrom(...INTERVALS),
  includesByok: fc.boolean(),
})
interface Asked {
  afterMs: number
  tookMs: number
  workspaceId: string
  keyId: bigint
  userId: string | null
  projectId: string | null
  model: string
  prompt: number
  wanted: number | null
  used: number
  cached: number
}
const asked: fc.Arbitrary<Asked> = fc.record({
  afterMs: fc.integer({ min: 0, max: 9 * 3_600_000 }),
  tookMs: fc.integer({ min: 0, max: 12 * 3_600_000 }),
  workspaceId: fc.constantFrom(...WORKSPACES),
  keyId: fc.constantFrom(1n, 2n),
  userId: fc.constantFrom('u1', 'u2', null),
  projectId: fc.constantFrom('p1', null),
  model: fc.constantFrom('a/cheap', 'b/dear'),
  prompt: fc.integer({ min: 1, max: 2_000 }),
  wanted: fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: null }),
  used: fc.integer({ min: 0, max: 4_000 }),
  cached: fc.integer({ min: 0, max: 2_000 }),
})

function inForce(guardrail: Guardrail): GuardrailInForce {
  return putInForce([{ scope: 'workspace', guardrail }], namesOf(CATALOGUE), [])
}

function simulate(guardrail: GuardrailInForce | null, limit: ProposedLimit | null): Simulation {
  const restrictionIn = guardrail === null ? null : () => ({ guardrail, catalogue: CATALOGUE })
  return new Simulation({ restrictionIn, catalogueIn: () => CATALOGUE, limit })
}

type Owned = Pick<PastRequest, 'workspaceId' | 'userId' | 'keyId' | 'projectId'>
const OWNERS = {
  organization: () => 'all',
  workspace: ({ workspaceId }: Owned) => workspaceId,
  member: ({ workspaceId, userId }: Owned) => (userId === null ? null : `${workspaceId}/${userId}`),
  key: ({ keyId }: Owned) => String(keyId),
  project: ({ projectId }: Owned) => projectId,
}

interface Running {
  endsAt: number
  end: () => void
}

/** A gateway that holds requests to one guardrail and one limit. What it lets through, in the order of their beginning. */
function letThrough(requests: readonly Asked[], guardrail: GuardrailInForce | null, limit: ProposedLimit | null) {
  let now = START
  const model = new SpendModel()
  const through: PastRequest[] = []
  let running: Running[] = []
  const endUntil = (time: number) => {
    for (const one of running.toSorted((a, b) => a.endsAt - b.endsAt)) if (one.endsAt <= time) one.end()
    running = running.filter(({ endsAt }) => endsAt > time)
    now = time
  }
  for (const request of requests) {
    endUntil(now + request.afterMs)
    const endpoint = planned(request, guardrail)
    const held = endpoint && admitted(request, { endpoint, model, limit, now, isContended: running.length > 0 })
    if (endpoint === undefined || held === undefined) continue
    const past = pastOf(request, { endpoint, ...held })
    through.push(past)
    running.push({ endsAt: now + request.tookMs, end: () => model.settle(held.hold, past.cost) })
  }
  return through
}

function planned(request: Asked, guardrail: GuardrailInForce | null): Endpoint | undefined {
  try {
    const exclusionsOf = guardrail?.exclusionsOf ?? null
    return planAttempts({ models: [request.model], provider: null, exclusionsOf }, CATALOGUE, () => undefined)
      .endpoints[0]
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    return undefined
  }
}

interface Place {
  endpoint: Endpoint
  model: SpendModel
  limit: ProposedLimit | null
  now: number
  isContended: boolean
}

function admitted(
  request: Asked,
  { endpoint, model, limit, now, isContended }: Place,
): { hold: ModelHold; cap: number } | undefined {
  const owner = limit === null ? null : OWNERS[limit.per](request)
  const scopes = owner === null ? [] : [owner]
  const limits =
    limit === null ? [] : scopes.map((scope) => ({ scope, ...limit, limit: limit.amount, countsByok: false }))
  const size = sizeHold({
    prices: [endpoint.prices],
    inputTokens: request.prompt,
    images: 0,
    choices: 1,
    requestedTokens: request.wanted,
    modelTokensMax: null,
    room: model.roomUnder(limits, now),
    isContended,
  })
  if (!size.fits) return undefined
  const hold: ModelHold = { scopes, limits, kind: 'credit', amount: size.amount, admittedAt: now }
  model.hold(hold)
  return { hold, cap: size.cappedTokens ?? request.wanted ?? 4_000 }
}

function pastOf(request: Asked, run: { endpoint: Endpoint; hold: ModelHold; cap: number }): PastRequest {
  const { endpoint, hold, cap } = run
  const usage = {
    ...NO_USAGE,
    promptTokens: request.prompt,
    completionTokens: Math.min(request.used, cap),
    cachedTokens: Math.min(request.cached, request.prompt),
  }
  return {
    at: hold.admittedAt,
    countedOn: toDate(hold.admittedAt),
    workspaceId: request.workspaceId,
    keyId: request.keyId,
    userId: request.userId,
    projectId: request.projectId,
    model: request.model,
    endpointId: endpoint.id,
    cost: minNano(costOf(endpoint.prices, usage, 0).total, hold.amount),
    byokCost: 0n,
    usage,
  }
}

test('what a policy let through is left as it is by a simulation of the same policy', () => {
  const maybeLimit = fc.option(limits, { nil: null })
  const maybeGuardrail = fc.option(guardrails, { nil: null })
  const count = { asked: 0, judged: 0 }
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 60 }), maybeGuardrail, maybeLimit, (requests, guardrail, limit) => {
      const force = guardrail && inForce(guardrail)
      const simulation = simulate(force, limit)
      count.asked += requests.length
      for (const past of letThrough(requests, force, limit)) {
        count.judged += 1
        expect(simulation.judge(past)).toEqual({ kind: 'unaffected' })
      }
    }),
    { numRuns: RUNS },
  )
  // Much was let through, and much was not.
  expect(count.judged).toBeGreaterThan(RUNS)
  expect(count.asked - count.judged).toBeGreaterThan(RUNS)
})

test('what any proposal leaves stays within its limit and with endpoints that it allows, and is never charged more than then', () => {
  const blocked = { limit: 0, other: 0 }
  const note = (reasons: readonly string[]) => {
    blocked[reasons.includes('limit') ? 'limit' : 'other'] += 1
  }
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 60 }), guardrails, limits, (requests, guardrail, proposed) => {
      const limit = { ...proposed, interval: 'lifetime' as const }
      const force = inForce(guardrail)
      const simulation = simulate(force, limit)
      const spent = new Map<string, bigint>()
      for (const past of letThrough(requests, null, null)) {
        const owner = OWNERS[limit.per](past) ?? 'nobody'
        spent.set(owner, (spent.get(owner) ?? 0n) + costUnder(simulation, force, { past, note }))
      }
      spent.delete('nobody')
      for (const total of spent.values()) expect(total).toBeLessThanOrEqual(limit.amount)
    }),
    { numRuns: RUNS },
  )
  expect(blocked.limit).toBeGreaterThan(100)
  expect(blocked.other).toBeGreaterThan(100)
})

/** What a request costs under a proposal; 0 when it is blocked. */
function costUnder(
  simulation: Simulation,
  force: GuardrailInForce,
  { past, note }: { past: PastRequest; note: (reasons: readonly string[]) => void },
): bigint {
  const verdict = simulation.judge(past)
  switch (verdict.kind) {
    case 'blocked':
      note(verdict.reasons)
      return 0n
    case 'unaffected': {
      const used = CATALOGUE.models.get(past.model)?.endpoints.find(({ id }) => id === past.endpointId)
      expect(used && force.exclusionsOf({ id: past.model }, used)).toEqual([])
      return past.cost
    }
    case 'shortened':
      expect(verdict.cost).toBeLessThanOrEqual(past.cost)
      return verdict.cost
    case 'rerouted':
      return verdict.cost
  }
}
