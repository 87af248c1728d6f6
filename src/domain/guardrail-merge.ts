import type { BuiltinSlug, FilterAction, ScanScope } from '../contract/management/guardrail-fields.ts'
import { EXCLUSIONS } from '../contract/management/guardrail-fields.ts'
import type { DataRegion, Endpoint, Model } from './catalogue.ts'
import type { CatalogueNames } from './catalogue-names.ts'
import type { NanoUsd } from './money.ts'
import { isFree } from './pricing.ts'
import type { Interval } from './windows.ts'

/*
 * What several guardrails mean together. They only ever narrow: whatever one of them forbids stays forbidden, so the order
 * in which they are put together makes no difference.
 */

/** From the widest to the narrowest. `organization` is its policy, which is in force without being assigned. */
export const GUARDRAIL_SCOPES = ['organization', 'workspace', 'member', 'key'] as const
export type GuardrailScope = (typeof GUARDRAIL_SCOPES)[number]

export const ZDR_GROUPS = ['anthropic', 'openai', 'google', 'xai', 'other'] as const
export type ZdrGroup = (typeof ZDR_GROUPS)[number]

/** Null says nothing about its matter. */
export interface Restrictions {
  allowedModels: readonly string[] | null
  ignoredModels: readonly string[] | null
  allowedProviders: readonly string[] | null
  ignoredProviders: readonly string[] | null
  /** Whether models of the group go only to who neither retains prompts nor trains on them. False can't relax. */
  zdr: Readonly<Record<ZdrGroup, boolean | null>>
  freeModelPublication: boolean | null
  freeModelTraining: boolean | null
  paidModelTraining: boolean | null
  /** The only regions that data may be processed in. */
  allowedDataRegions: readonly DataRegion[] | null
}

export interface ContentFilter {
  pattern: string
  action: FilterAction
  label: string | null
}

export interface BuiltinFilter {
  slug: BuiltinSlug
  action: FilterAction
  scanScope: ScanScope
}

export interface Guardrail extends Restrictions {
  /** Null for the organization's policy, which is no guardrail of its own. */
  id: string | null
  name: string
  filters: readonly ContentFilter[]
  builtins: readonly BuiltinFilter[]
  /** Per assignee: each key, each member, or the whole workspace of a default guardrail. */
  limit: NanoUsd | null
  interval: Interval
  includesByok: boolean
  /** Of a request that its filters could not look through in time. */
  onFilterTimeout: 'block' | 'allow'
}

export interface GuardrailLayer {
  scope: GuardrailScope
  guardrail: Guardrail
  /** Of a member: in all workspaces together, and not in the guardrail's own alone. */
  isEverywhere?: boolean
}

/** Each is checked on its own; none stands for another. */
export interface GuardrailBudget {
  scope: GuardrailScope
  guardrailId: string | null
  name: string
  limit: NanoUsd
  interval: Interval
  includesByok: boolean
}

export interface EffectiveGuardrail {
  /** Base names in one spelling; null is all. */
  allowedModels: ReadonlySet<string> | null
  ignoredModels: ReadonlySet<string>
  /** Slugs, or tags of single endpoints. */
  allowedProviders: ReadonlySet<string> | null
  ignoredProviders: ReadonlySet<string>
  zdr: Readonly<Record<ZdrGroup, boolean>>
  freeModelPublication: boolean
  freeModelTraining: boolean
  paidModelTraining: boolean
  /** null is all. */
  allowedDataRegions: ReadonlySet<string> | null
  filters: readonly ContentFilter[]
  builtins: readonly BuiltinFilter[]
  /** `block` where one of those that have filters says so. */
  onFilterTimeout: 'block' | 'allow'
  budgets: readonly GuardrailBudget[]
}

const STRICTNESS: Readonly<Record<FilterAction, number>> = { flag: 0, redact: 1, block: 2 }

/** Allow-lists intersect, ignored ones unite, zero data retention holds when one demands it, a switch is on while none turns
 *  it off, filters unite with block over redact over flag, budgets are collected. Source: OpenRouter docs, guardrails. */
export function mergeGuardrails(layers: readonly GuardrailLayer[], names: CatalogueNames): EffectiveGuardrail {
  const all = layers.map(({ guardrail }) => guardrail)
  const models = (list: readonly string[] | null) => list?.map((name) => spellModel(name, names)) ?? null
  const providers = (list: readonly string[] | null) => list?.map((name) => spellProvider(name, names)) ?? null
  return {
    allowedModels: intersection(
      all.map(({ allowedModels }) => models(allowedModels)),
      intersectExactly,
    ),
    ignoredModels: new Set(all.flatMap(({ ignoredModels }) => models(ignoredModels) ?? [])),
    allowedProviders: intersection(
      all.map(({ allowedProviders }) => providers(allowedProviders)),
      intersectTags,
    ),
    ignoredProviders: new Set(all.flatMap(({ ignoredProviders }) => providers(ignoredProviders) ?? [])),
    zdr: {
      anthropic: all.some(({ zdr }) => zdr.anthropic === true),
      openai: all.some(({ zdr }) => zdr.openai === true),
      google: all.some(({ zdr }) => zdr.google === true),
      xai: all.some(({ zdr }) => zdr.xai === true),
      other: all.some(({ zdr }) => zdr.other === true),
    },
    freeModelPublication: all.every(({ freeModelPublication }) => freeModelPublication !== false),
    freeModelTraining: all.every(({ freeModelTraining }) => freeModelTraining !== false),
    paidModelTraining: all.every(({ paidModelTraining }) => paidModelTraining !== false),
    allowedDataRegions: intersection(
      all.map(({ allowedDataRegions }) => allowedDataRegions),
      intersectExactly,
    ),
    filters: mergeFilters(all.flatMap(({ filters }) => filters)),
    builtins: mergeBuiltins(all.flatMap(({ builtins }) => builtins)),
    onFilterTimeout: all.some(blocksUnchecked) ? 'block' : 'allow',
    budgets: collectBudgets(layers),
  }
}

function blocksUnchecked({ builtins, filters, onFilterTimeout }: Guardrail): boolean {
  return onFilterTimeout === 'block' && builtins.length + filters.length > 0
}

export type Exclusion = (typeof EXCLUSIONS)[number]

/** Everything that keeps an endpoint from being used; empty when it may be. */
export function exclusionsOf(
  effective: Omit<EffectiveGuardrail, 'filters' | 'builtins' | 'budgets'>,
  model: Pick<Model, 'id'>,
  endpoint: Pick<Endpoint, 'provider' | 'tag' | 'prices'>,
  names: CatalogueNames,
): Exclusion[] {
  const name = spellModel(model.id, names)
  const tag = endpoint.tag.toLowerCase()
  const provider = [endpoint.provider.slug.toLowerCase(), tag, tag.split('/')[0] ?? tag]
  const { training, retainsPrompts } = endpoint.provider.dataPolicy
  const isFreeOfCharge = isFree(endpoint.prices)
  const mayTrain = isFreeOfCharge ? effective.freeModelTraining : effective.paidModelTraining
  const checks: Record<Exclusion, boolean> = {
    allowed_models: effective.allowedModels !== null && !effective.allowedModels.has(name),
    ignored_models: effective.ignoredModels.has(name),
    allowed_providers:
      effective.allowedProviders !== null && !provider.some((own) => effective.allowedProviders?.has(own)),
    ignored_providers: provider.some((own) => effective.ignoredProviders.has(own)),
    'data_policy:zdr': (training || retainsPrompts) && effective.zdr[zdrGroupOf(model.id)],
    'data_policy:training': training && !mayTrain,
    // Nobody says apart from training whether they publish, so who trains is taken to.
    'data_policy:publication': training && isFreeOfCharge && !effective.freeModelPublication,
    data_region: effective.allowedDataRegions?.has(endpoint.provider.dataRegion) === false,
  }
  return EXCLUSIONS.filter((exclusion) => checks[exclusion])
}

/** Whether a name in a list of models stands for something that is left. */
export function allowsModel(effective: EffectiveGuardrail, name: string, names: CatalogueNames): boolean {
  const own = spellModel(name, names)
  return effective.allowedModels?.has(own) !== false && !effective.ignoredModels.has(own)
}

/** The same of a list of providers. A provider of which single endpoints are left is left. */
export function allowsProvider(effective: EffectiveGuardrail, name: string, names: CatalogueNames): boolean {
  const own = new Set([spellProvider(name, names)])
  const isIgnored = intersectTags(own, effective.ignoredProviders).has([...own][0] ?? '')
  return !isIgnored && (effective.allowedProviders === null || intersectTags(own, effective.allowedProviders).size > 0)
}

/** By the author of the model, whoever runs it. */
export function zdrGroupOf(modelId: string): ZdrGroup {
  const author = modelId.split('/')[0]?.toLowerCase()
  switch (author) {
    case 'anthropic':
    case 'openai':
    case 'google':
      return author
    case 'x-ai':
      return 'xai'
    default:
      return 'other'
  }
}

/** Variants such as `:free` are compared by the model they are variants of. */
function spellModel(name: string, names: CatalogueNames): string {
  const [base = name] = names.model(name).split(':')
  return (names.model(base).split(':')[0] ?? base).toLowerCase()
}

function spellProvider(name: string, names: CatalogueNames): string {
  const at = name.indexOf('/')
  if (at < 0) return names.provider(name).toLowerCase()
  return (names.provider(name.slice(0, at)) + name.slice(at)).toLowerCase()
}

type Intersect = (a: ReadonlySet<string>, b: ReadonlySet<string>) => ReadonlySet<string>

function intersection(lists: readonly (readonly string[] | null)[], intersect: Intersect): ReadonlySet<string> | null {
  const sets = lists.flatMap((list) => (list === null ? [] : [new Set(list)]))
  const [first, ...rest] = sets
  return first === undefined ? null : rest.reduce<ReadonlySet<string>>(intersect, first)
}

function intersectExactly(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)))
}

/** A provider's tag lies within the provider itself. */
function intersectTags(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  const isWithin = (name: string, set: ReadonlySet<string>) => set.has(name) || set.has(name.split('/')[0] ?? name)
  return new Set([...[...a].filter((name) => isWithin(name, b)), ...[...b].filter((name) => isWithin(name, a))])
}

/** One of each pattern: the strictest, and of equally strict ones that with the first label. */
function mergeFilters(filters: readonly ContentFilter[]): ContentFilter[] {
  const strictest = new Map<string, ContentFilter>()
  for (const filter of filters) {
    const known = strictest.get(filter.pattern)
    if (known === undefined || compareFilters(filter, known) < 0) strictest.set(filter.pattern, filter)
  }
  return [...strictest.values()].toSorted((a, b) => compareTexts(a.pattern, b.pattern))
}

function compareFilters(a: ContentFilter, b: ContentFilter): number {
  if (a.action !== b.action) return STRICTNESS[b.action] - STRICTNESS[a.action]
  if (a.label === null || b.label === null) return Number(a.label === null) - Number(b.label === null)
  return compareTexts(a.label, b.label)
}

function mergeBuiltins(builtins: readonly BuiltinFilter[]): BuiltinFilter[] {
  const strictest = new Map<BuiltinSlug, BuiltinFilter>()
  for (const { slug, action, scanScope } of builtins) {
    const known = strictest.get(slug)
    strictest.set(slug, {
      slug,
      action: known !== undefined && STRICTNESS[known.action] > STRICTNESS[action] ? known.action : action,
      scanScope: known?.scanScope === 'all_messages' ? 'all_messages' : scanScope,
    })
  }
  return [...strictest.values()].toSorted((a, b) => compareTexts(a.slug, b.slug))
}

function collectBudgets(layers: readonly GuardrailLayer[]): GuardrailBudget[] {
  const budgets = layers.flatMap(({ scope, guardrail: { id, name, limit, interval, includesByok } }) =>
    limit === null ? [] : [{ scope, guardrailId: id, name, limit, interval, includesByok }],
  )
  return budgets.toSorted(
    (a, b) =>
      GUARDRAIL_SCOPES.indexOf(a.scope) - GUARDRAIL_SCOPES.indexOf(b.scope) ||
      compareTexts(a.guardrailId ?? '', b.guardrailId ?? ''),
  )
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
