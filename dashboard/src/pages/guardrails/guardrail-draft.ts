import {
  BUILTIN_SLUGS,
  type BuiltinSlug,
  DATA_REGIONS,
  type FilterAction,
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
  enforcesZdr: boolean
  /** Of DATA_SWITCHES, those that are switched off. */
  shut: readonly string[]
  /** Where data may be processed; none for anywhere. */
  regions: readonly string[]
  builtins: Readonly<Partial<Record<BuiltinSlug, FilterAction>>>
  /** Regular expressions, one a line. */
  patterns: string
  patternAction: FilterAction
}

export const NEW_GUARDRAIL: GuardrailDraft = {
  name: '',
  description: '',
  allowedModels: '',
  ignoredModels: '',
  allowedProviders: '',
  ignoredProviders: '',
  limit: '',
  reset: 'monthly',
  enforcesZdr: false,
  shut: [],
  regions: [],
  builtins: {},
  patterns: '',
  patternAction: 'block',
}

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
    enforcesZdr: wire.enforce_zdr === true,
    shut: DATA_SWITCHES.map(({ field }) => field).filter((field) => wire[field] === false),
    regions: wire.allowed_data_regions ?? [],
    builtins,
    patterns: text((wire.content_filters ?? []).map(({ pattern }) => pattern)),
    patternAction: wire.content_filters?.[0]?.action ?? 'block',
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
    // The single switch stands for all groups of models: said again, it would undo what was said of each.
    ...(before !== undefined && draft.enforcesZdr === (before.enforce_zdr === true)
      ? {}
      : { enforce_zdr: draft.enforcesZdr ? true : null }),
    ...Object.fromEntries(
      DATA_SWITCHES.map(({ field }) => [field, shut.includes(field) ? false : before?.[field] === true || null]),
    ),
    allowed_data_regions: regions.length === 0 ? null : DATA_REGIONS.filter((region) => regions.includes(region)),
    content_filter_builtins: builtinsOf(draft, before),
    content_filters: patternsOf(draft, before),
  }
}

function builtinsOf({ builtins }: GuardrailDraft, before?: GuardrailWire): Settings['content_filter_builtins'] {
  const chosen = BUILTIN_SLUGS.flatMap((slug) => {
    const action = builtins[slug]
    const scope = before?.content_filter_builtins?.find((filter) => filter.slug === slug)?.scan_scope
    return action === undefined ? [] : [{ slug, action, ...(scope === undefined ? {} : { scan_scope: scope }) }]
  })
  return chosen.length === 0 ? null : chosen
}

/** A pattern that stays keeps its label and, unless the form says another, its own action. */
function patternsOf({ patterns, patternAction }: GuardrailDraft, before?: GuardrailWire): Settings['content_filters'] {
  const stored = before?.content_filters ?? []
  const isSameAction = stored[0]?.action === patternAction
  const wanted = patterns
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((pattern) => {
      const kept = stored.find((filter) => filter.pattern === pattern)
      const action = isSameAction && kept !== undefined ? kept.action : patternAction
      return { pattern, action, ...(kept === undefined ? {} : { label: kept.label }) }
    })
  return wanted.length === 0 ? null : wanted
}

function namesOrNull(text: string): string[] | null {
  const names = linesOf(text)
  return names.length === 0 ? null : names
}
