import type { GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { formatMoney } from '../../format/money.ts'
import { BUILTIN_TITLES, REGION_TITLES, ZDR_GROUPS } from './guardrail-draft.ts'

/** What a guardrail does, in a few words each. */
export function summaryOf(wire: GuardrailWire): string[] {
  const said = [
    countOf(wire.allowed_models, 'model allowed', 'models allowed'),
    countOf(wire.ignored_models, 'model kept away', 'models kept away'),
    countOf(wire.allowed_providers, 'provider allowed', 'providers allowed'),
    countOf(wire.ignored_providers, 'provider kept away', 'providers kept away'),
    retentionOf(wire),
    wire.enable_paid_model_training === false || wire.enable_free_model_training === false
      ? 'no training on prompts'
      : '',
    wire.enable_free_model_publication === false ? 'no publication of prompts' : '',
    ...(wire.allowed_data_regions ?? []).map((region) => `processed: ${REGION_TITLES[region].toLowerCase()}`),
    wire.limit_usd === null ? '' : `${formatMoney(wire.limit_usd)} ${wire.reset_interval ?? 'in all'}`,
    ...(wire.content_filter_builtins ?? []).map(
      ({ slug, action }) => `${action}s ${BUILTIN_TITLES[slug].toLowerCase()}`,
    ),
    countOf(wire.content_filters, 'pattern', 'patterns'),
  ].filter((part) => part !== '')
  return said.length === 0 ? ['Nothing yet'] : said
}

function retentionOf(wire: GuardrailWire): string {
  const groups = ZDR_GROUPS.filter(({ field }) => wire[field] === true)
  if (groups.length === 0) return ''
  if (groups.length === ZDR_GROUPS.length) return 'zero data retention'
  return `zero data retention: ${groups.map(({ title }) => title).join(', ')}`
}

function countOf(list: readonly unknown[] | null, one: string, many: string): string {
  if (list === null || list.length === 0) return ''
  return `${list.length} ${list.length === 1 ? one : many}`
}
