import type { EXPLANATION_OPERATIONS, ExplanationWire } from '../../contract/inference/explanations.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { endpointId } from '../../domain/endpoint-id.ts'
import { toUsd } from '../../domain/money.ts'
import { componentsOfCharge, type PriceComponent } from '../../domain/price-components.ts'
import type { Prices } from '../../domain/pricing.ts'
import { generationIdTime } from '../../platform/ids.ts'
import { findBookedPrices, type RefusedRequestRow } from '../../store/queries/decisions.ts'
import type { GenerationRow } from '../../store/queries/generations.ts'
import { usageOfRow } from '../../store/queries/past-requests.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import {
  decisionToWire,
  notEligibleToWire,
  type Recorded,
  refuserOf,
  routingToWire,
  rulesOf,
} from './explanation-wire.ts'
import { findRequest } from './find-request.ts'
import { requireGeneration } from './generation-access.ts'
import { attemptsOf } from './get-generation.ts'
import { recordedOf } from './recorded.ts'

type Operations = typeof EXPLANATION_OPERATIONS

const DECIDED_BY = {
  done: 'plan',
  upstream_error: 'provider',
  cancelled: 'caller',
  crash_padding: 'crash',
} as const satisfies Record<GenerationRow['outcome'], ExplanationWire['decided_by']>

/** From what was recorded then, and never from what holds now. */
const handleExplanation: HandlerOf<Operations['getGenerationExplanation'], ControlContext> = async (
  { id },
  context,
) => {
  const found = await findRequest(context, id)
  requireGeneration(context, 'log:read', found.row)
  const recorded = await recordedOf(found, context)
  return {
    data:
      found.kind === 'refusal'
        ? explainRefusal(found.row, recorded)
        : await explainGeneration(id, found.row, { recorded, context }),
  }
}

export const EXPLANATION_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  getGenerationExplanation: handleExplanation,
}

async function explainGeneration(
  id: string,
  row: GenerationRow,
  { recorded, context }: { recorded: Recorded; context: ControlContext },
): Promise<ExplanationWire> {
  const price = await priceOf(row, context)
  return {
    ...sharedFields(row),
    id,
    generation_id: row.id,
    request_id: row.request_id,
    outcome: row.outcome,
    status: row.outcome === 'done' || row.outcome === 'cancelled' ? 200 : null,
    error: null,
    decided_by: row.decision?.cachedFrom === undefined ? DECIDED_BY[row.outcome] : 'cache',
    ...decisionToWire(recorded),
    price,
    plan: planOf(recorded, attemptsOf(row)),
    unknown: unknownOf(recorded, price),
  }
}

function explainRefusal(row: RefusedRequestRow, recorded: Recorded): ExplanationWire {
  return {
    ...sharedFields(row),
    id: row.id,
    generation_id: null,
    request_id: row.id,
    outcome: 'refused',
    status: row.status,
    error: { code: row.code, message: row.message },
    decided_by: refuserOf(row.code, row.decision),
    ...decisionToWire(recorded),
    price: null,
    plan: planOf(recorded, []),
    unknown: unknownOf(recorded, null),
  }
}

function sharedFields(row: GenerationRow | RefusedRequestRow) {
  return {
    created_at: toIso(row.created_at),
    workspace_id: row.workspace_id,
    api_key_id: Number(row.key_id),
    user_id: row.user_id,
    model: row.model,
  }
}

function planOf(recorded: Recorded, attempts: ExplanationWire['plan']['attempts']): ExplanationWire['plan'] {
  const { decision } = recorded
  return {
    models_requested: decision?.models === undefined ? null : [...decision.models],
    is_default_model: decision?.isDefaultModel === true,
    routing: routingToWire(decision),
    attempts,
    not_eligible: notEligibleToWire(decision, rulesOf(recorded)),
    not_eligible_more: decision?.ineligibleMore ?? 0,
  }
}

async function priceOf(row: GenerationRow, context: ControlContext): Promise<NonNullable<ExplanationWire['price']>> {
  const prices = await findPrices(row, context)
  const isPadding = row.outcome === 'crash_padding'
  const charge = row.cost_nano + row.byok_nano + row.uncharged_nano
  const components =
    prices === undefined || isPadding
      ? null
      : componentsOfCharge(prices, usageOfRow(row), { charge, at: generationIdTime(row.id) ?? row.created_at })
  return {
    version: row.price_version,
    basis: isPadding ? 'hold' : row.usage_estimated ? 'estimate' : 'usage',
    held_usd: row.held_nano === null ? null : toUsd(row.held_nano),
    components: components === null ? null : components.map(componentToWire),
    discount: Number(prices?.discountPpm ?? 0n) / 1e6,
    charged_usd: toUsd(row.cost_nano),
    byok_usd: toUsd(row.byok_nano),
    uncharged_usd: toUsd(row.uncharged_nano),
  }
}

/** Those of the endpoint that answered. */
async function findPrices(row: GenerationRow, context: ControlContext): Promise<Prices | undefined> {
  const organizationId = organizationOf(context)
  const { model, price_version: version } = row
  const booked = await findBookedPrices(context.tx, { organizationId, version, model })
  const own = { organizationId, workspaceIds: null }
  return booked.find(({ provider: slug, isOwn }) => {
    return endpointId({ slug, visibility: isOwn ? own : null }, model) === row.endpoint_id
  })?.prices
}

function componentToWire({ name, price, per, quantity, exact }: PriceComponent) {
  return { name, price_usd: toUsd(price), per, quantity, cost_usd: Number(exact) / 1e15 }
}

function unknownOf(recorded: Recorded, price: ExplanationWire['price']): ExplanationWire['unknown'] {
  const isRulesUnknown = rulesOf(recorded) === null
  return [
    ...(isRulesUnknown ? (['guardrails', 'limits'] as const) : []),
    ...(recorded.decision === null ? (['not_eligible'] as const) : []),
    ...(price !== null && price.components === null ? (['price_components'] as const) : []),
  ]
}
