import { fromUsd } from '../domain/money.ts'
import { NO_USAGE } from '../domain/pricing.ts'
import { encodeDone, encodeOpen, jsonOf } from '../gateway/journal/journal-record.ts'
import type { EncodedGeneration, GenerationEnd, OpenRecord } from '../gateway/ports.ts'
import { newGenerationId, newRequestId } from '../platform/ids.ts'
import { DEMO_OUTAGE, DEMO_PAST_MODELS, type DemoKey, type DemoPastModel } from './demo-plan.ts'
import { choose, type Random } from './demo-random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of the hours of a day in UTC: how busy each is. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 17, 20, 19, 15, 10, 6, 4, 3, 2, 2, 1]
const WEEKEND_SHARE = 0.3
/** How much busier the last day is than the first. */
const GROWTH = 1.6
const FAILED_SHARE = 0.015
const CANCELLED_SHARE = 0.01
const STREAMED_SHARE = 0.6
const ADDRESSES = ['203.0.113.24', '203.0.113.25', '198.51.100.7', '2001:db8:5::14']
const AGENTS = ['openai-python/2.8.1', 'OpenAI/JS 6.9.0', 'Anthropic/Python 0.74.0', 'python-httpx/0.28.1']

/** Stands in each invented request for the process that would have answered it. */
export const DEMO_REPLICA_ID = 'demo-data'

/** A key of the plan with what the database knows of it. */
export interface PastKey extends DemoKey {
  keyId: bigint
  organizationId: string
  workspaceId: string
  userId: string | null
  projectId: string | null
}

/** One request of one of the `days` before `now`, as the gateway would have noted it. */
export function pastGeneration(
  keys: readonly PastKey[],
  { now, days, random }: { now: number; days: number; random: Random },
): EncodedGeneration {
  const at = chooseTime(now, days, random)
  const key = choose(keys, random, ({ weight = 0 }) => weight)
  const model = choose(DEMO_PAST_MODELS, random, ({ weight }) => weight)
  const outcome = chooseOutcome(model, now, { at, random })
  const open = openRecord(key, model, { at, random })
  return { id: open.id, json: jsonOf(encodeDone(encodeOpen(open), generationEnd(model, outcome, random))) }
}

/** At hours at which people work, seldom on weekends, and more from day to day. */
function chooseTime(now: number, days: number, random: Random): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const begin = choose(
    Array.from({ length: days }, (_, index) => ({
      at: today - (days - index) * DAY_MS,
      weight: 1 + ((GROWTH - 1) * index) / days,
    })),
    random,
    ({ at, weight }) => weight * (isWeekend(at) ? WEEKEND_SHARE : 1),
  ).at
  const hour = choose([...HOURS.keys()], random, (index) => HOURS[index] ?? 0)
  return begin + hour * HOUR_MS + Math.floor(random() * HOUR_MS)
}

function isWeekend(at: number): boolean {
  return new Date(at).getUTCDay() % 6 === 0
}

function chooseOutcome(
  { provider }: DemoPastModel,
  now: number,
  { at, random }: { at: number; random: Random },
): GenerationEnd['outcome'] {
  const { daysAgo, hours, provider: failing } = DEMO_OUTAGE
  const outage = Math.floor(now / DAY_MS) * DAY_MS - daysAgo * DAY_MS
  const isOut = provider === failing && at >= outage + hours[0] * HOUR_MS && at < outage + hours[1] * HOUR_MS
  const chance = random()
  if (isOut || chance < FAILED_SHARE) return 'upstream_error'
  return chance < FAILED_SHARE + CANCELLED_SHARE ? 'cancelled' : 'done'
}

function openRecord(key: PastKey, model: DemoPastModel, { at, random }: { at: number; random: Random }): OpenRecord {
  return {
    id: newGenerationId(at),
    requestId: newRequestId(at),
    organizationId: key.organizationId,
    workspaceId: key.workspaceId,
    keyId: key.keyId,
    userId: key.userId,
    projectId: key.projectId,
    creditPool: 'shared',
    spendKind: 'credit',
    countedOn: new Date(at).toISOString().slice(0, 10),
    model: model.model,
    endpointId: `${model.provider.toLowerCase()}/${model.model}`,
    providerName: model.provider,
    streamed: random() < STREAMED_SHARE,
    held: 0n,
    priceVersion: 'demo-data',
    httpReferer: key.app?.url ?? null,
    origin: key.app?.url ?? '',
    appTitle: key.app?.title ?? null,
    userAgent: choose(AGENTS, random),
    ip: choose(ADDRESSES, random),
    sessionId: null,
    externalUser: null,
    replicaId: DEMO_REPLICA_ID,
    findings: null,
  }
}

function generationEnd(model: DemoPastModel, outcome: GenerationEnd['outcome'], random: Random): GenerationEnd {
  const isFailed = outcome === 'upstream_error'
  const promptTokens = isFailed ? 0 : Math.floor(200 + 4_000 * random() ** 3)
  const completionTokens = isFailed ? 0 : Math.floor(40 + 900 * random() ** 2)
  // A long tail, as it is with real ones.
  const latencyMs = Math.floor(model.latencyMs * (0.4 + 1.2 * random() + 6 * random() ** 12))
  const promptCost = fromUsd((promptTokens * model.inputPrice) / 1e6)
  const { provider, model: name } = model
  return {
    apiType: 'completions',
    model: name,
    endpointId: `${provider.toLowerCase()}/${name}`,
    providerName: provider,
    upstreamId: null,
    cancelled: outcome === 'cancelled',
    outcome,
    finishReason: outcome === 'done' ? 'stop' : null,
    nativeFinishReason: null,
    usage: {
      ...NO_USAGE,
      promptTokens,
      completionTokens,
      cachedTokens: Math.floor(promptTokens * random() * 0.5),
    },
    usageEstimated: false,
    usageRaw: null,
    cost: promptCost + fromUsd((completionTokens * model.outputPrice) / 1e6),
    byokCost: 0n,
    promptCost,
    uncharged: 0n,
    upstreamCost: null,
    latencyMs,
    generationTimeMs: isFailed ? null : latencyMs + completionTokens * 12,
    attempts: [
      {
        endpoint_id: `${provider.toLowerCase()}/${name}`,
        provider_name: provider,
        model: name,
        status: isFailed ? 503 : 200,
        latency_ms: latencyMs,
        error: isFailed ? 'The provider answered 503' : null,
      },
    ],
  }
}
