import {
  BUILTIN_SLUGS,
  type BuiltinSlug,
  DATA_REGIONS,
  type FilterAction,
  type ScanScope,
} from '../../../../src/contract/management/guardrail-fields.ts'
import type { GUARDRAIL_OPERATIONS, GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { linesOf } from '../../format/lines.ts'

/** What is typed into the form of a guardrail. */
export interface GuardrailDraft {
  name: string
  description: string
  /** Names, one a line; empty says nothing. */
  allowedModels: string
  ignoredModels: string
  allowedProviders: string
  ignoredProviders: string
  limit: string
  reset: '' | 'daily' | 'weekly' | 'monthly'
  /** Of ZDR_GROUPS, those whose endpoints must keep nothing. */
  zdr: readonly string[]
  countsByok: boolean
  /** Of DATA_SWITCHES, those that are switched off. */
  shut: readonly string[]
  /** Where data may be processed; none for anywhere. */
  regions: readonly string[]
  builtins: Readonly<Partial<Record<BuiltinSlug, FilterAction>>>
  /** Of the prompt-injection detector. */
  injectionScope: ScanScope
  patterns: readonly PatternDraft[]
  onTimeout: GuardrailWire['on_filter_timeout']
}

export interface PatternDraft {
  /** A regular expression. */
  pattern: string
  action: FilterAction
  /** What its finds are called; empty for nothing. */
  label: string
}

export const NEW_PATTERN: PatternDraft = { pattern: '', action: 'block', label: '' }

export const NEW_GUARDRAIL: GuardrailDraft = {
  name: '',
  description: '',
  allowedModels: '',
  ignoredModels: '',
  allowedProviders: '',
  ignoredProviders: '',
  limit: '',
  reset: 'monthly',
  zdr: [],
  countsByok: false,
  shut: [],
  regions: [],
  builtins: {},
  injectionScope: 'all_messages',
  patterns: [],
  onTimeout: 'block',
}

/** Zero data retention is asked for by whose models they are. */
export const ZDR_GROUPS = [
  { field: 'enforce_zdr_anthropic', title: 'Anthropic' },
  { field: 'enforce_zdr_openai', title: 'OpenAI' },
  { field: 'enforce_zdr_google', title: 'Google' },
  { field: 'enforce_zdr_xai', title: 'xAI' },
  { field: 'enforce_zdr_other', title: 'All others' },
] as const

export const INJECTION = 'regex-prompt-injection'

export const DATA_SWITCHES = [
  { field: 'enable_paid_model_training', title: 'No paid models whose provider trains on prompts' },
  { field: 'enable_free_model_training', title: 'No free models whose provider trains on prompts' },
  { field: 'enable_free_model_publication', title: 'No free models whose provider may publish prompts' },
] as const

export const REGION_TITLES = { global: 'Anywhere', europe: 'Europe', us: 'United States' } as const

export const BUILTIN_TITLES: Readonly<Record<BuiltinSlug, string>> = {
  email: 'E-mail addresses',
  phone: 'Phone numbers',
  ssn: 'US social security numbers',
  'credit-card': 'Credit card numbers',
  'ip-address': 'IP addresses',
  'person-name': 'Names of people',
  address: 'Postal addresses',
  'regex-prompt-injection': 'Prompt injection',
  iban: 'Bank accounts (IBAN)',
  credential: 'Keys and passwords',
}

export function draftOf(wire: GuardrailWire): GuardrailDraft {
  const text = (names: readonly string[] | null) => (names ?? []).join('\n')
  const builtins = Object.fromEntries((wire.content_filter_builtins ?? []).map(({ slug, action }) => [slug, action]))
  return {
    name: wire.name,
    description: wire.description ?? '',
    allowedModels: text(wire.allowed_models),
    ignoredModels: text(wire.ignored_models),
    allowedProviders: text(wire.allowed_providers),
    ignoredProviders: text(wire.ignored_providers),
    limit: wire.limit_usd === null ? '' : String(wire.limit_usd),
    reset: wire.reset_interval ?? '',
    zdr: ZDR_GROUPS.map(({ field }) => field).filter((field) => wire[field] === true),
    countsByok: wire.include_byok_in_budgets === true,
    shut: DATA_SWITCHES.map(({ field }) => field).filter((field) => wire[field] === false),
    regions: wire.allowed_data_regions ?? [],
    builtins,
    injectionScope:
      wire.content_filter_builtins?.find(({ slug }) => slug === INJECTION)?.scan_scope ?? NEW_GUARDRAIL.injectionScope,
    patterns: (wire.content_filters ?? []).map(({ label, ...filter }) => ({ ...filter, label: label ?? '' })),
    onTimeout: wire.on_filter_timeout ?? NEW_GUARDRAIL.onTimeout,
  }
}

type Settings = Omit<RequestOf<typeof GUARDRAIL_OPERATIONS.createGuardrail>, 'workspace_id'>

/** Everything, so that what was taken out of the form is taken away. What it doesn't ask for stays as in `before`. */
export function settingsOf(draft: GuardrailDraft, before?: GuardrailWire): Settings {
  const { limit, reset, regions, shut } = draft
  return {
    name: draft.name.trim(),
    description: draft.description.trim() === '' ? null : draft.description.trim(),
    allowed_models: namesOrNull(draft.allowedModels),
    ignored_models: namesOrNull(draft.ignoredModels),
    allowed_providers: namesOrNull(draft.allowedProviders),
    ignored_providers: namesOrNull(draft.ignoredProviders),
    limit_usd: limit === '' ? null : Number(limit),
    reset_interval: limit === '' || reset === '' ? null : reset,
    include_byok_in_budgets: draft.countsByok,
    // Each group by itself: the older single switch would stand for those that are left out.
    ...Object.fromEntries(
      ZDR_GROUPS.map(({ field }) => [
        field,
        draft.zdr.includes(field) ? true : before?.[field] === false ? false : null,
      ]),
    ),
    ...Object.fromEntries(
      DATA_SWITCHES.map(({ field }) => [field, shut.includes(field) ? false : before?.[field] === true || null]),
    ),
    allowed_data_regions: regions.length === 0 ? null : DATA_REGIONS.filter((region) => regions.includes(region)),
    content_filter_builtins: builtinsOf(draft),
    content_filters: patternsOf(draft),
    on_filter_timeout: draft.onTimeout,
  }
}

function builtinsOf({ builtins, injectionScope }: GuardrailDraft): Settings['content_filter_builtins'] {
  const chosen = BUILTIN_SLUGS.flatMap((slug) => {
    const action = builtins[slug]
    if (action === undefined) return []
    return [{ slug, action, ...(slug === INJECTION ? { scan_scope: injectionScope } : {}) }]
  })
  return chosen.length === 0 ? null : chosen
}

/** Lines without a pattern were only begun. */
function patternsOf({ patterns }: GuardrailDraft): Settings['content_filters'] {
  const wanted = patterns
    .filter(({ pattern }) => pattern.trim() !== '')
    .map(({ pattern, action, label }) => ({ pattern, action, label: label.trim() === '' ? null : label.trim() }))
  return wanted.length === 0 ? null : wanted
}

function namesOrNull(text: string): string[] | null {
  const names = linesOf(text)
  return names.length === 0 ? null : names
}
