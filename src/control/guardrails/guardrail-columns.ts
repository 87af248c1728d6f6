import type { Insertable } from 'kysely'
import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { type CatalogueNames, namesOf } from '../../domain/catalogue-names.ts'
import { BEST_EFFORT_BUILTINS } from '../../domain/content-filter-labels.ts'
import { compileCustomPattern, GUARDRAIL_STEPS_MAX } from '../../domain/custom-pattern.ts'
import { fromUsd } from '../../domain/money.ts'
import type { GuardrailTable, RestrictionColumns, StoredBuiltin } from '../../store/tables/guardrails.ts'
import type { ControlContext } from '../context.ts'

type Settings = Omit<InputOf<(typeof GUARDRAIL_OPERATIONS)['updateGuardrail']>, 'id' | 'name'>
type Restrictions = Pick<Settings, keyof RestrictionColumns>

type GuardrailColumns = Partial<
  Omit<Insertable<GuardrailTable>, 'id' | 'organization_id' | 'workspace_id' | 'name' | 'created_at'>
>

const ZDR_COLUMNS = [
  'enforce_zdr_anthropic',
  'enforce_zdr_openai',
  'enforce_zdr_google',
  'enforce_zdr_xai',
  'enforce_zdr_other',
] as const
const SWITCHES = [
  ...ZDR_COLUMNS,
  'enable_free_model_publication',
  'enable_free_model_training',
  'enable_paid_model_training',
] as const

const DEFINED = [
  'description',
  'reset_interval',
  'include_byok_in_budgets',
  'allowed_data_regions',
  'on_filter_timeout',
] as const

/** What says nothing. */
export const SILENT: RestrictionColumns = {
  allowed_models: null,
  ignored_models: null,
  allowed_providers: null,
  ignored_providers: null,
  enforce_zdr_anthropic: null,
  enforce_zdr_openai: null,
  enforce_zdr_google: null,
  enforce_zdr_xai: null,
  enforce_zdr_other: null,
  enable_free_model_publication: null,
  enable_free_model_training: null,
  enable_paid_model_training: null,
}

/** The columns that a request means to set; what it leaves out isn't among them. Throws `invalid_regex_pattern`. */
export function toGuardrailColumns(settings: Settings, context: ControlContext): GuardrailColumns {
  const { content_filters: filters, content_filter_builtins: builtins, enforce_zdr: zdr, limit_usd: limit } = settings
  if (filters) requirePatterns(filters.map(({ pattern }) => pattern))
  return {
    ...(zdr === undefined ? {} : { enforce_zdr: zdr, ...Object.fromEntries(ZDR_COLUMNS.map((name) => [name, zdr])) }),
    ...toRestrictionColumns(settings, namesOf(context.catalogue)),
    ...defined(settings, DEFINED),
    ...(limit === undefined ? {} : { limit_nano: limit === null ? null : fromUsd(limit) }),
    ...(filters === undefined
      ? {}
      : { content_filters: json(filters?.map((filter) => ({ ...filter, label: filter.label ?? null }))) }),
    ...(builtins === undefined ? {} : { content_filter_builtins: json(builtins?.map(toStoredBuiltin)) }),
  }
}

/** Models by their canonical slugs and providers by slug, as the catalogue knows them now. */
export function toRestrictionColumns(input: Restrictions, names: CatalogueNames): Partial<RestrictionColumns> {
  const unique = (list: string[] | null, spell: (name: string) => string) => list && [...new Set(list.map(spell))]
  return {
    ...(input.allowed_models === undefined ? {} : { allowed_models: unique(input.allowed_models, names.model) }),
    ...(input.ignored_models === undefined ? {} : { ignored_models: unique(input.ignored_models, names.model) }),
    ...(input.allowed_providers === undefined
      ? {}
      : { allowed_providers: unique(input.allowed_providers, names.provider) }),
    ...(input.ignored_providers === undefined
      ? {}
      : { ignored_providers: unique(input.ignored_providers, names.provider) }),
    ...defined(input, SWITCHES),
  }
}

/** What a caller should know of filters that find less than their name says. */
export function warningsOf(settings: Settings): { warnings?: string[] } {
  const weak = settings.content_filter_builtins?.filter(({ slug }) => BEST_EFFORT_BUILTINS.includes(slug)) ?? []
  if (weak.length === 0) return {}
  return {
    warnings: weak.map(
      ({ slug }) => `content_filter_builtins: ${slug} goes by wording, without a language model, and does not find all`,
    ),
  }
}

function requirePatterns(patterns: readonly string[]): void {
  const steps = patterns
    .map((pattern, index) => compileCustomPattern(pattern, `content_filters.${index}.pattern`).steps)
    .reduce((sum, count) => sum + count, 0)
  if (steps <= GUARDRAIL_STEPS_MAX) return
  const message = `content_filters: the patterns take ${steps} steps together, at most ${GUARDRAIL_STEPS_MAX} are allowed`
  throw new AppError('invalid_regex_pattern', message)
}

/** The scan scope means something for the prompt-injection detector alone. */
function toStoredBuiltin(builtin: NonNullable<Settings['content_filter_builtins']>[number]): StoredBuiltin {
  const { slug, action, scan_scope } = builtin
  if (slug !== 'regex-prompt-injection') return { slug, action }
  return { slug, action, scan_scope: scan_scope ?? 'all_messages' }
}

function defined<T extends object, const K extends keyof T>(
  input: T,
  names: readonly K[],
): { [Name in K]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]]))) as {
    [Name in K]?: Exclude<T[Name], undefined>
  }
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}
