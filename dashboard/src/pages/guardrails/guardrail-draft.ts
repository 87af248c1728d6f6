import {
  BUILTIN_SLUGS,
  type BuiltinSlug,
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
  builtins: {},
  patterns: '',
  patternAction: 'block',
}

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
    builtins,
    patterns: text((wire.content_filters ?? []).map(({ pattern }) => pattern)),
    patternAction: wire.content_filters?.[0]?.action ?? 'block',
  }
}

/** Everything, so that what was taken out of the form is taken away. */
export function settingsOf(
  draft: GuardrailDraft,
): Omit<RequestOf<typeof GUARDRAIL_OPERATIONS.createGuardrail>, 'workspace_id'> {
  const { limit, reset, builtins, patternAction } = draft
  const patterns = draft.patterns.split('\n').filter((line) => line.trim() !== '')
  const chosen = BUILTIN_SLUGS.flatMap((slug) => {
    const action = builtins[slug]
    return action === undefined ? [] : [{ slug, action }]
  })
  return {
    name: draft.name.trim(),
    description: draft.description.trim() === '' ? null : draft.description.trim(),
    allowed_models: namesOrNull(draft.allowedModels),
    ignored_models: namesOrNull(draft.ignoredModels),
    allowed_providers: namesOrNull(draft.allowedProviders),
    ignored_providers: namesOrNull(draft.ignoredProviders),
    limit_usd: limit === '' ? null : Number(limit),
    reset_interval: limit === '' || reset === '' ? null : reset,
    enforce_zdr: draft.enforcesZdr ? true : null,
    content_filter_builtins: chosen.length === 0 ? null : chosen,
    content_filters: patterns.length === 0 ? null : patterns.map((pattern) => ({ pattern, action: patternAction })),
  }
}

function namesOrNull(text: string): string[] | null {
  const names = linesOf(text)
  return names.length === 0 ? null : names
}
