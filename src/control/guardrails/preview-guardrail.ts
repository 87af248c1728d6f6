import type { GUARDRAIL_PREVIEW_OPERATIONS } from '../../contract/management/guardrail-previews.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Model } from '../../domain/catalogue.ts'
import { type CatalogueNames, namesOf } from '../../domain/catalogue-names.ts'
import {
  type EffectiveGuardrail,
  exclusionsOf,
  type Guardrail,
  type GuardrailLayer,
  type GuardrailScope,
  mergeGuardrails,
} from '../../domain/guardrail-merge.ts'
import { toUsd } from '../../domain/money.ts'
import { guardrailToDomain, policyToDomain } from '../../store/guardrail-domain.ts'
import {
  findDefaultGuardrail,
  findGuardrailOfKey,
  type GuardrailRow,
  getGuardrail,
  listGuardrailsOfMember,
} from '../../store/queries/guardrails.ts'
import { getLiveKey, type KeyRow } from '../../store/queries/keys.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { findOrganizationPolicy } from '../../store/queries/organization-policy.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireKey } from '../keys/key-access.ts'
import { toPage } from '../page.ts'
import { requireGuardrail } from './guardrail-access.ts'
import { builtinToWire } from './guardrail-wire.ts'

type Preview = (typeof GUARDRAIL_PREVIEW_OPERATIONS)['previewGuardrail']

/** As it would be if the guardrail were assigned to the key or the member; a default one is in force without. Without either
 *  it is looked at on top of what holds in its workspace. */
export const handlePreviewGuardrail: HandlerOf<Preview, ControlContext> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'guardrail:read', guardrail)
  const layers = await layersOf(guardrail, input, context)
  const catalogue = context.catalogueIn(guardrail.workspace_id)
  const names = namesOf(catalogue)
  const effective = mergeGuardrails(layers, names)
  const apart = layers.map((layer) => ({ layer, effective: mergeGuardrails([layer], names) }))
  const all = [...catalogue.models.values()].map((model) => previewModel(model, apart, names))
  const { offset, limit } = toPage(input)
  return {
    data: {
      layers: layers.map(layerToWire),
      allowed_model_count: all.filter(({ allowed }) => allowed).length,
      models: all.slice(offset, offset + limit),
      budgets: effective.budgets.map((budget) => ({
        scope: budget.scope,
        guardrail_id: budget.guardrailId,
        name: budget.name,
        limit_usd: toUsd(budget.limit),
        reset_interval: budget.interval === 'lifetime' ? null : budget.interval,
        include_byok_in_budgets: budget.includesByok,
      })),
      content_filters: [...effective.filters],
      content_filter_builtins: effective.builtins.map(({ slug, action, scanScope }) =>
        builtinToWire({ slug, action, ...(slug === 'regex-prompt-injection' ? { scan_scope: scanScope } : {}) }),
      ),
    },
    total_count: all.length,
  }
}

interface LayerApart {
  layer: GuardrailLayer
  effective: EffectiveGuardrail
}

/** An endpoint is left when each layer alone leaves it, so each layer is asked for its own reasons. */
function previewModel(model: Model, layers: readonly LayerApart[], names: CatalogueNames) {
  const endpoints = model.endpoints.map((endpoint) => ({
    endpoint,
    reasons: layers.flatMap(({ layer, effective }) =>
      exclusionsOf(effective, model, endpoint, names).map((reason) => ({ ...layerToWire(layer), reason })),
    ),
  }))
  const reasons = endpoints.flatMap(({ reasons: own }) => own)
  return {
    id: model.id,
    name: model.name,
    allowed: endpoints.some(({ reasons: own }) => own.length === 0),
    excluded_by: [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()],
    endpoints: endpoints.map(({ endpoint, reasons: own }) => ({
      tag: endpoint.tag,
      provider_name: endpoint.provider.name,
      allowed: own.length === 0,
    })),
  }
}

function layerToWire({ scope, guardrail }: GuardrailLayer) {
  return { scope, guardrail_id: guardrail.id, name: guardrail.name }
}

async function layersOf(
  guardrail: GuardrailRow,
  input: InputOf<Preview>,
  context: ControlContext,
): Promise<GuardrailLayer[]> {
  const organizationId = organizationOf(context)
  const { workspace_id: workspaceId } = guardrail
  const key = await keyOf(guardrail, input, context)
  const userId = await memberOf(guardrail, input, context)
  const policy = await findOrganizationPolicy(context.tx, organizationId)
  const byDefault = guardrail.is_default ? guardrail : await findDefaultGuardrail(context.tx, workspaceId)
  const owner = userId ?? key?.creator_user_id
  const isForMember = userId !== undefined && !guardrail.is_default
  const ofMember =
    owner && !isForMember
      ? await listGuardrailsOfMember(context.tx, organizationId, { userId: owner, workspaceId })
      : []
  const ofKey = key !== undefined && guardrail.is_default ? await findGuardrailOfKey(context.tx, key.id) : undefined
  const proposed = guardrail.is_default ? ofKey : guardrail
  return [
    ...toLayers('organization', policy === undefined ? [] : [policyToDomain(policy)]),
    ...toLayers('workspace', byDefault === undefined ? [] : [guardrailToDomain(byDefault)]),
    ...toLayers('member', ofMember.map(guardrailToDomain)),
    ...toLayers(isForMember ? 'member' : 'key', proposed === undefined ? [] : [guardrailToDomain(proposed)]),
  ]
}

function toLayers(scope: GuardrailScope, guardrails: readonly Guardrail[]): GuardrailLayer[] {
  return guardrails.map((guardrail) => ({ scope, guardrail }))
}

async function keyOf(
  guardrail: GuardrailRow,
  { key_hash, member_user_id }: InputOf<Preview>,
  context: ControlContext,
): Promise<KeyRow | undefined> {
  if (key_hash === undefined) return undefined
  if (member_user_id !== undefined) {
    throw new AppError('invalid_request', 'member_user_id: cannot be given together with key_hash')
  }
  const key = await getLiveKey(context.tx, organizationOf(context), key_hash)
  requireKey(context, 'key:read', key)
  if (key.workspace_id === guardrail.workspace_id) return key
  throw new AppError('invalid_request', "key_hash: the key is not of the guardrail's workspace")
}

/** What holds for others is for those to see who may see assignments. */
async function memberOf(
  guardrail: GuardrailRow,
  { member_user_id: userId }: InputOf<Preview>,
  context: ControlContext,
): Promise<string | undefined> {
  if (userId === undefined) return undefined
  if (userId !== context.access.userId) {
    requireIn(context, 'assignment:read', { workspaceId: guardrail.workspace_id }, 'Member')
  }
  const roles = await findOrganizationRoles(context.tx, organizationOf(context), [userId])
  if (roles.has(userId)) return userId
  throw new AppError('invalid_request', `member_user_id: ${userId} is not a member of the organization`)
}
