import type { Endpoint } from '../../domain/catalogue.ts'
import { minNano, type NanoUsd } from '../../domain/money.ts'
import { type Cost, costOf, NO_COST, NO_USAGE, type Prices, type TokenUsage } from '../../domain/pricing.ts'
import { tierOf } from '../../domain/routing/provider-names.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import { toldCost } from '../../domain/told-cost.ts'
import { generationIdTime } from '../../platform/ids.ts'
import { type Texts, toExchange } from '../content/encode-content.ts'
import type { Inference } from '../inference.ts'
import { encodeDone, jsonOf } from '../journal/journal-record.ts'
import type { GenerationEnd } from '../ports.ts'
import { NO_ANSWER, type Outcome } from './attempt.ts'
import { BYTES_PER_TOKEN } from './output-allowance.ts'

/**
 * The one terminal event of an inference: computes its charge (never more than its hold), frees the rest of the hold, queues
 * the record for the database and writes it to the journal. `recorded` resolves when the record survives power loss;
 * only then may the caller see the end of the answer.
 */
export function settle(
  inference: Inference,
  outcome: Outcome,
): { usage: TokenUsage; cost: Cost; recorded: Promise<void> } {
  const { usage: told, isEstimated } = usageOf(inference, outcome)
  const usage = inTier(told, outcome.endpoint)
  // Nothing came, so not even the price of a request is due.
  const { id: endpointId, prices } = usualOf(outcome.endpoint)
  const isChat = inference.request.payload.kind === 'chat'
  const isFree = usage === NO_USAGE || (isChat && isInsured(outcome, usage))
  const cost = isFree ? NO_COST : costOf(prices, usage, admissionTime(prices, inference.open.id))
  const charged = minNano(cost.total, inference.hold.amount)
  const { parts } = inference
  const { spendKind } = inference.open
  const charges = parts.leases.settle(inference.hold.pieces, charged)
  inference.charged = charged
  const end: GenerationEnd = {
    apiType: inference.protocol.apiType,
    model: outcome.endpoint.modelId,
    endpointId,
    providerName: outcome.endpoint.provider.name,
    upstreamId: outcome.upstreamId,
    cancelled: outcome.kind === 'cancelled',
    outcome: outcome.kind,
    finishReason: outcome.kind === 'upstream_error' ? 'error' : outcome.finishReason,
    nativeFinishReason: outcome.nativeFinishReason,
    usage,
    usageEstimated: isEstimated,
    usageRaw: outcome.usageRaw,
    ...paidBy(spendKind, charged, cost.prompt),
    uncharged: cost.total - charged,
    upstreamCost: toldCost(outcome.usageRaw),
    latencyMs: outcome.latencyMs === null ? null : Math.round(outcome.latencyMs),
    generationTimeMs: Math.round(parts.clock.monotonic() - inference.startedAt),
    attempts: outcome.attempts,
    ...(charges.length > 0 && { charges }),
  }
  if (outcome.kind === 'done') inference.conversation?.answered(outcome.endpoint, outcome.usage)
  const line = encodeDone(inference.openJson, end)
  parts.flush.enqueue({ json: jsonOf(line), charges }, inference.segment)
  if (inference.isContentKept || inference.isContentBroadcast) {
    parts.contents.record(toExchange(inference.open, textsOf(inference), outcome, parts.clock.now()))
  }
  tell(inference, end)
  return {
    usage,
    cost:
      spendKind === 'credit'
        ? costOfCharge(charged, cost.prompt)
        : { ...NO_COST, byok: costOfCharge(charged, cost.prompt) },
    recorded: parts.journal.done(inference.segment, line),
  }
}

/** Those who watch over the gateway. */
function tell({ open, parts, spans }: Inference, end: GenerationEnd): void {
  const { model, outcome, providerName: provider, uncharged: unchargedNano } = end
  const { id: generationId } = open
  if (unchargedNano > 0n) parts.observe({ type: 'provider_exceeded_hold', generationId, provider, unchargedNano })
  parts.observe({ type: 'inference_finished', generationId, model, provider, outcome, costNano: end.cost })
  spans?.settled({
    generationId,
    operation: end.apiType === 'completions' ? 'chat' : end.apiType,
    model,
    isStream: open.streamed,
    outcome,
    upstreamId: end.upstreamId,
    finishReason: end.finishReason,
    inputTokens: end.usage.promptTokens,
    outputTokens: end.usage.completionTokens,
    firstChunkMs: end.latencyMs,
  })
}

/** Strangers get of a request what content filters have left of it. */
function textsOf({ isContentKept, isContentBroadcast, asked, request }: Inference): Texts {
  return { kept: isContentKept ? asked : null, broadcast: isContentBroadcast ? request.payload.passedOn : null }
}

/** Ends an inference that a fault of ours has kept from ending: nothing is charged for it, and nothing of its hold stays. */
export async function settleBroken(inference: Inference): Promise<void> {
  const [endpoint] = inference.endpoints
  if (inference.charged !== null || endpoint === undefined) return
  await settle(inference, { ...NO_ANSWER, kind: 'upstream_error', endpoint, failure: null, attempts: [] }).recorded
}

/** What was sent to a tier was served in it, unless the provider says otherwise. */
function inTier(usage: TokenUsage, endpoint: Endpoint): TokenUsage {
  const serviceTier = tierOf(endpoint)
  if (serviceTier === null || usage === NO_USAGE || usage.serviceTier !== undefined) return usage
  return { ...usage, serviceTier }
}

/** Nobody pays for a chat's answer of nothing that ends for no reason, nor for one that the provider itself calls an error.
 *  Source: OpenRouter docs, zero completion insurance. */
function isInsured(outcome: Outcome, { completionTokens }: TokenUsage): boolean {
  const { finishReason, kind, nativeFinishReason, outputBytes } = outcome
  if (kind === 'cancelled') return false
  // What was told in a stream that broke off may be behind what came.
  const isNothing = completionTokens === 0 && outputBytes === 0
  return finishReason === 'error' || (isNothing && !nativeFinishReason)
}

/**
 * What is charged for. Reported usage counts as it is. Without it, an answer of which something came is estimated: input and
 * output by their bytes, output at least one token a chunk. An attempt that failed before any content costs nothing,
 * and so does what was sent to no provider.
 */
function usageOf(inference: Inference, outcome: Outcome): { usage: TokenUsage; isEstimated: boolean } {
  const { images } = inference.request
  const units = unitsOf(inference, outcome)
  if (outcome.usage !== undefined) return { usage: { ...outcome.usage, images, ...units }, isEstimated: false }
  const last = outcome.attempts.at(-1)
  if (last === undefined || (last.error !== null && outcome.outputBytes === 0))
    return { usage: NO_USAGE, isEstimated: false }
  const promptTokens = Math.ceil(inference.request.inputTokens / BYTES_PER_TOKEN)
  const isChat = inference.request.payload.kind === 'chat'
  const completionTokens = !isChat
    ? 0
    : Math.max(outcome.contentChunks, Math.ceil(outcome.outputBytes / BYTES_PER_TOKEN))
  return { usage: { ...NO_USAGE, promptTokens, completionTokens, images, ...units }, isEstimated: true }
}

/** Where they are charged and the provider doesn't tell them, they are as many as they may have been. */
function unitsOf({ request }: Inference, { endpoint, usage }: Outcome): Pick<TokenUsage, 'searchUnits'> {
  const { searchUnits } = request
  if (usualOf(endpoint).prices.searchUnit === undefined || searchUnits === undefined) return {}
  return { searchUnits: usage?.searchUnits ?? searchUnits }
}

/** In epoch milliseconds, where prices depend on it: as the id tells it, from which a charge can be computed again. */
function admissionTime({ overrides, tiers }: Prices, id: string): number {
  return overrides === undefined && tiers === undefined ? 0 : (generationIdTime(id) ?? 0)
}

function costOfCharge(charged: NanoUsd, prompt: NanoUsd): Cost {
  const promptCost = minNano(prompt, charged)
  return { total: charged, prompt: promptCost, completion: charged - promptCost }
}

/** Where the charge counts. On the customer's own credential nothing is to be paid here. */
function paidBy(kind: SpendKind, charged: NanoUsd, prompt: NanoUsd) {
  return kind === 'credit'
    ? { cost: charged, byokCost: 0n, promptCost: minNano(prompt, charged) }
    : { cost: 0n, byokCost: charged, promptCost: 0n }
}
