import type {
  ORGANIZATION_POLICY_OPERATIONS,
  OrganizationPolicyWire,
} from '../../contract/management/organization-policy.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { namesOf } from '../../domain/catalogue-names.ts'
import { IpRangeSet } from '../../domain/ip-ranges.ts'
import {
  findOrganizationPolicy,
  type OrganizationPolicyRow,
  upsertOrganizationPolicy,
} from '../../store/queries/organization-policy.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { SILENT, toRestrictionColumns } from '../guardrails/guardrail-columns.ts'
import { restrictionsToWire } from '../guardrails/guardrail-wire.ts'
import { rateLimitsToRow } from '../rate-limits.ts'
import { readIpRanges } from '../read-ip-ranges.ts'

type Operations = typeof ORGANIZATION_POLICY_OPERATIONS

export const handleGetOrganizationPolicy: HandlerOf<Operations['getOrganizationPolicy'], ControlContext> = async (
  _input,
  context,
) => {
  requireInOrganization(context, 'organization:read')
  return { data: policyToWire(await findOrganizationPolicy(context.tx, organizationOf(context))) }
}

/** Guardrails that are wider stay as they are, and say what they can't do any more. */
export const handleUpdateOrganizationPolicy: HandlerOf<Operations['updateOrganizationPolicy'], ControlContext> = async (
  input,
  context,
) => {
  requireInOrganization(context, 'organization:update')
  const organizationId = organizationOf(context)
  const before = policyToWire(await findOrganizationPolicy(context.tx, organizationId))
  const networks = readIpRanges(input.allowed_ips)
  if (networks) requireNotLockedOut(networks, context)
  const row = await upsertOrganizationPolicy(context.tx, {
    ...toRestrictionColumns(input, namesOf(context.catalogue)),
    ...(networks === undefined ? {} : { allowed_ips: networks }),
    ...rateLimitsToRow(input.rate_limits),
    ...freeModelsToRow(input),
    organization_id: organizationId,
    updated_at: toIso(context.now),
    updated_by: context.access.userId,
  })
  context.changed('organization', organizationId)
  const data = policyToWire(row)
  context.audit({ resource: 'organization_policy', id: organizationId, workspaceId: null, before, after: data })
  return { data }
}

const FREE_MODEL_LIMITS = ['free_models_rpm', 'free_models_rpd', 'free_models_rpd_purchased'] as const

function freeModelsToRow(input: InputOf<Operations['updateOrganizationPolicy']>) {
  return Object.fromEntries(
    FREE_MODEL_LIMITS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  )
}

/** A key that shut itself out could not take it back, and there may be no other way in. People who sign in aren't held to it. */
function requireNotLockedOut(networks: readonly string[], { actor, callerIp }: ControlContext): void {
  if (!('keyId' in actor) || new IpRangeSet(networks).has(callerIp)) return
  const address = callerIp ?? 'unknown'
  throw new AppError('invalid_request', `allowed_ips: would shut out this call itself, which comes from ${address}`)
}

function policyToWire(row: OrganizationPolicyRow | undefined): OrganizationPolicyWire {
  return {
    ...restrictionsToWire(row ?? SILENT),
    allowed_ips: row?.allowed_ips ?? null,
    rate_limits: row?.rate_limits ?? null,
    free_models_rpm: row?.free_models_rpm ?? null,
    free_models_rpd: row?.free_models_rpd ?? null,
    free_models_rpd_purchased: row?.free_models_rpd_purchased ?? null,
    updated_at: row === undefined ? null : toIso(row.updated_at),
  }
}
