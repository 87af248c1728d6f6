import { PHRASES_MAX } from '../../contract/management/organization-policy.ts'
import type { SIMULATION_OPERATIONS } from '../../contract/management/simulation.ts'
import type { InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { namesOf } from '../../domain/catalogue-names.ts'
import type { FilterSet } from '../../domain/content-filters.ts'
import { putInForce } from '../../domain/guardrail-in-force.ts'
import type { Guardrail } from '../../domain/guardrail-merge.ts'
import { fromUsd } from '../../domain/money.ts'
import type { Proposal, ProposedLimit } from '../../domain/simulation.ts'
import { guardrailToDomain } from '../../store/guardrail-domain.ts'
import { getGuardrail } from '../../store/queries/guardrails.ts'
import { listPhraseRows } from '../../store/queries/organization-policy.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireGuardrail } from '../guardrails/guardrail-access.ts'
import { SILENT, toGuardrailColumns } from '../guardrails/guardrail-columns.ts'

type Input = InputOf<(typeof SIMULATION_OPERATIONS)['simulate']>

export interface LoadedProposal extends Proposal {
  /** What texts would be checked for. */
  filterSet: FilterSet | null
}

/** What is proposed, ready to be asked. Throws `invalid_request` unless exactly one thing is, and `not_found`. */
export async function loadProposal(input: Input, context: ControlContext): Promise<LoadedProposal> {
  const { guardrail_id, guardrail, budget, limit_per: per = 'workspace' } = input
  const given = [guardrail_id, guardrail, budget].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new AppError('invalid_request', 'guardrail_id: give exactly one of guardrail_id, guardrail and budget')
  }
  const catalogueIn = once((workspaceId: string) => context.catalogueIn(workspaceId))
  if (budget !== undefined) {
    const { interval, include_byok: includesByok = false } = budget
    const limit = { per, amount: fromUsd(budget.limit_usd), interval, includesByok }
    return { restrictionIn: null, catalogueIn, limit, filterSet: null }
  }
  const proposed = guardrail === undefined ? await loadGuardrail(input, context) : toDomain(guardrail, context)
  const { rows } = await listPhraseRows(context.tx, organizationOf(context), { offset: 0, limit: PHRASES_MAX })
  const phrases = rows.map(({ phrase }) => phrase)
  const restrictionIn = once((workspaceId: string) => {
    const catalogue = catalogueIn(workspaceId)
    return {
      catalogue,
      guardrail: putInForce([{ scope: 'workspace', guardrail: proposed }], namesOf(catalogue), phrases),
    }
  })
  const { filterSet } = putInForce([{ scope: 'workspace', guardrail: proposed }], namesOf(context.catalogue), phrases)
  return { restrictionIn, catalogueIn, limit: limitOf(proposed, per), filterSet }
}

async function loadGuardrail({ guardrail_id = '' }: Input, context: ControlContext): Promise<Guardrail> {
  const row = await getGuardrail(context.tx, organizationOf(context), guardrail_id)
  await requireGuardrail(context, 'guardrail:read', row)
  return guardrailToDomain(row)
}

/** As one that is stored would come back. */
function toDomain(settings: NonNullable<Input['guardrail']>, context: ControlContext): Guardrail {
  const { content_filters: filters, content_filter_builtins: builtins, include_byok_in_budgets = false } = settings
  return guardrailToDomain({
    ...NOTHING,
    ...toGuardrailColumns(settings, context),
    include_byok_in_budgets,
    on_filter_timeout: settings.on_filter_timeout ?? 'block',
    content_filters: filters?.map((filter) => ({ ...filter, label: filter.label ?? null })) ?? null,
    content_filter_builtins:
      builtins?.map(({ slug, action, scan_scope }) => ({
        slug,
        action,
        ...(scan_scope === undefined ? {} : { scan_scope }),
      })) ?? null,
  })
}

const NOTHING = {
  ...SILENT,
  id: 'proposed',
  name: 'proposed',
  allowed_data_regions: null,
  limit_nano: null,
  reset_interval: null,
}

function limitOf({ limit, interval, includesByok }: Guardrail, per: ProposedLimit['per']): ProposedLimit | null {
  return limit === null ? null : { per, amount: limit, interval, includesByok }
}

/** What a workspace's requests are asked about thousands of times. */
function once<T>(work: (workspaceId: string) => T): (workspaceId: string) => T {
  const known = new Map<string, T>()
  return (workspaceId) => {
    const found = known.get(workspaceId) ?? work(workspaceId)
    known.set(workspaceId, found)
    return found
  }
}
