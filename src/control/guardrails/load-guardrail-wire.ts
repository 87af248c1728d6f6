import type { GuardrailWire } from '../../contract/management/guardrails.ts'
import { type CatalogueNames, namesOf } from '../../domain/catalogue-names.ts'
import { allowsModel, allowsProvider, mergeGuardrails } from '../../domain/guardrail-merge.ts'
import { policyToDomain } from '../../store/guardrail-domain.ts'
import type { GuardrailRow } from '../../store/queries/guardrails.ts'
import { findOrganizationPolicy } from '../../store/queries/organization-policy.ts'
import type { RestrictionColumns } from '../../store/tables/guardrails.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { guardrailToWire } from './guardrail-wire.ts'

type Narrowing = GuardrailWire['narrowed_by']

const ZDR_FIELDS = [
  'enforce_zdr_anthropic',
  'enforce_zdr_openai',
  'enforce_zdr_google',
  'enforce_zdr_xai',
  'enforce_zdr_other',
] as const
const SWITCH_FIELDS = [
  'enable_free_model_publication',
  'enable_free_model_training',
  'enable_paid_model_training',
] as const

/** How guardrails look on the wire, with what the organization's policy takes away from them now. */
export async function loadGuardrailWire(context: ControlContext): Promise<(row: GuardrailRow) => GuardrailWire> {
  const policy = await findOrganizationPolicy(context.tx, organizationOf(context))
  const names = namesOf(context.catalogue)
  return (row) => guardrailToWire(row, policy === undefined ? [] : narrowingOf(row, policy, names))
}

/** Only what the guardrail says itself; a matter that it leaves open isn't wider than the policy. */
function narrowingOf(row: RestrictionColumns, policy: RestrictionColumns, names: CatalogueNames): Narrowing {
  const ceiling = mergeGuardrails([{ scope: 'organization', guardrail: policyToDomain(policy) }], names)
  const models = row.allowed_models?.filter((name) => !allowsModel(ceiling, name, names)) ?? []
  const providers = row.allowed_providers?.filter((name) => !allowsProvider(ceiling, name, names)) ?? []
  const switches = [
    ...ZDR_FIELDS.filter((field) => row[field] === false && policy[field] === true),
    ...SWITCH_FIELDS.filter((field) => row[field] === true && policy[field] === false),
  ]
  const by = 'organization_policy' as const
  return [
    ...(models.length > 0 ? [{ by, field: 'allowed_models' as const, values: models }] : []),
    ...(providers.length > 0 ? [{ by, field: 'allowed_providers' as const, values: providers }] : []),
    ...switches.map((field) => ({ by, field, values: null })),
  ]
}
