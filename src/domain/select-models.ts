import type { MODEL_SORTS } from '../contract/inference/catalogue.ts'
import type { Endpoint, Model } from './catalogue.ts'
import type { NanoUsd } from './money.ts'
import { fromUsd } from './money.ts'

const DAY_SECONDS = 86_400

/** A model as the catalogue lists it: under its own id, or once more under a name that stands for it now. */
export interface ListedModel {
  id: string
  model: Model
  isAlias: boolean
}

/** What the list is narrowed to; all of them must hold. Lists are names with commas between; prices are dollars per million tokens. */
export interface ModelFilter {
  q?: string | undefined
  category?: string | undefined
  supported_parameters?: string | undefined
  input_modalities?: string | undefined
  output_modalities?: string | undefined
  context?: number | undefined
  min_price?: number | undefined
  max_price?: number | undefined
  min_output_price?: number | undefined
  max_output_price?: number | undefined
  arch?: string | undefined
  model_authors?: string | undefined
  providers?: string | undefined
  distillable?: 'true' | 'false' | undefined
  zdr?: 'true' | undefined
  region?: 'eu' | 'us' | undefined
  min_age_days?: number | undefined
  max_age_days?: number | undefined
  min_intelligence_index?: number | undefined
  max_intelligence_index?: number | undefined
  min_coding_index?: number | undefined
  max_coding_index?: number | undefined
  min_agentic_index?: number | undefined
  max_agentic_index?: number | undefined
  min_tool_success_rate?: number | undefined
  max_tool_success_rate?: number | undefined
}

export type ModelSort = (typeof MODEL_SORTS)[number]

/** What is measured of models; null where too little is known. */
export interface ModelMeasures {
  /** Tokens per second of the fastest endpoint, p50. */
  throughput(model: Model): number | null
  /** Milliseconds to the first content at the fastest endpoint, p50. */
  latency(model: Model): number | null
  /** Share of requests with tool calls of which all were valid, at the best endpoint. */
  toolSuccess(model: Model): number | null
}

/** Epoch milliseconds, for what depends on age. */
export interface Moment {
  now: number
  measures: ModelMeasures
}

type Check = (listed: ListedModel) => boolean

/** The models that pass, in the order they came in. What isn't known of a model passes no bound. */
export function filterModels(models: readonly ListedModel[], filter: ModelFilter, moment: Moment): ListedModel[] {
  const checks = [...textChecks(filter), ...endpointChecks(filter), ...numberChecks(filter, moment)]
  return models.filter((listed) => checks.every((check) => check(listed)))
}

/** Sorted; where two are alike, and for those of which nothing is known, at the end, in the order they came in. */
export function sortModels(models: readonly ListedModel[], sort: ModelSort, measures: ModelMeasures): ListedModel[] {
  const { key, isDescending } = SORTS[sort]
  const keyed = models.map((listed) => ({ listed, value: key(listed.model, measures) }))
  return keyed
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null)
      return isDescending ? b.value - a.value : a.value - b.value
    })
    .map(({ listed }) => listed)
}

interface SortRule {
  key: (model: Model, measures: ModelMeasures) => number | null
  isDescending: boolean
}

/** How often models are used is told to nobody who may not see it, and the list is for everybody. */
const UNKNOWN: SortRule = { key: () => null, isDescending: true }

const SORTS: Readonly<Record<ModelSort, SortRule>> = {
  'most-popular': UNKNOWN,
  'top-weekly': UNKNOWN,
  newest: { key: ({ created }) => (created > 0 ? created : null), isDescending: true },
  'pricing-low-to-high': { key: blendedPrice, isDescending: false },
  'pricing-high-to-low': { key: blendedPrice, isDescending: true },
  'context-high-to-low': { key: contextOf, isDescending: true },
  'throughput-high-to-low': { key: (model, measures) => measures.throughput(model), isDescending: true },
  'latency-low-to-high': { key: (model, measures) => measures.latency(model), isDescending: false },
  'intelligence-high-to-low': { key: (model) => indexOf(model, 'intelligence_index'), isDescending: true },
  'coding-high-to-low': { key: (model) => indexOf(model, 'coding_index'), isDescending: true },
  'agentic-high-to-low': { key: (model) => indexOf(model, 'agentic_index'), isDescending: true },
  'design-arena-elo-high-to-low': { key: bestElo, isDescending: true },
}

function textChecks(filter: ModelFilter): Check[] {
  const { q, category, arch, distillable } = filter
  const checks: Check[] = []
  const text = q?.trim().toLowerCase()
  if (text) checks.push(({ id, model }) => [id, model.name].some((own) => own.toLowerCase().includes(text)))
  if (category !== undefined)
    checks.push(({ model }) => model.facts?.categories?.some((own) => own === category) === true)
  if (arch !== undefined) checks.push(({ model }) => tokenizerOf(model).toLowerCase() === arch.trim().toLowerCase())
  if (distillable !== undefined) checks.push(({ model }) => model.facts?.distillable === (distillable === 'true'))
  const authors = namesIn(filter.model_authors)
  if (authors) checks.push(({ id }) => authors.includes(authorOf(id)))
  const inputs = namesIn(filter.input_modalities)
  if (inputs) checks.push(({ model }) => inputs.every((name) => model.inputModalities.includes(name)))
  const outputs = namesIn(filter.output_modalities ?? 'text')
  if (outputs && !outputs.includes('all'))
    checks.push(({ model }) => outputs.some((name) => model.outputModalities.includes(name)))
  return checks
}

function endpointChecks(filter: ModelFilter): Check[] {
  const checks: Check[] = []
  const some = (holds: (endpoint: Endpoint) => boolean) => checks.push(({ model }) => model.endpoints.some(holds))
  const parameters = namesIn(filter.supported_parameters)
  for (const name of parameters ?? []) some(({ supportedParameters }) => supportedParameters.includes(name))
  const providers = namesIn(filter.providers)
  if (providers)
    some(({ provider, tag }) =>
      [provider.slug, provider.name, tag].some((own) => providers.includes(own.toLowerCase())),
    )
  if (filter.zdr !== undefined) some(keepsNothing)
  const region = filter.region === 'eu' ? 'europe' : filter.region
  if (region !== undefined) some(({ provider }) => provider.dataRegion === region)
  return checks
}

function numberChecks(filter: ModelFilter, { now, measures }: Moment): Check[] {
  const nano = (usd: number | undefined) => (usd === undefined ? undefined : fromUsd(usd))
  const days = (model: Model) => (model.created > 0 ? (now / 1_000 - model.created) / DAY_SECONDS : null)
  return [
    within(contextOf, filter.context, undefined),
    within((model) => priceOf(model, 'prompt'), nano(filter.min_price), nano(filter.max_price)),
    within((model) => priceOf(model, 'completion'), nano(filter.min_output_price), nano(filter.max_output_price)),
    within(days, filter.min_age_days, filter.max_age_days),
    within(
      (model) => indexOf(model, 'intelligence_index'),
      filter.min_intelligence_index,
      filter.max_intelligence_index,
    ),
    within((model) => indexOf(model, 'coding_index'), filter.min_coding_index, filter.max_coding_index),
    within((model) => indexOf(model, 'agentic_index'), filter.min_agentic_index, filter.max_agentic_index),
    within((model) => measures.toolSuccess(model), filter.min_tool_success_rate, filter.max_tool_success_rate),
  ].flat()
}

function within<Value extends number | bigint>(
  measure: (model: Model) => Value | null,
  min: Value | undefined,
  max: Value | undefined,
): Check[] {
  if (min === undefined && max === undefined) return []
  return [
    ({ model }) => {
      const value = measure(model)
      return value !== null && (min === undefined || value >= min) && (max === undefined || value <= max)
    },
  ]
}

/** The model's price as the catalogue shows it: that of its first endpoint. */
function priceOf({ endpoints: [first] }: Model, kind: 'prompt' | 'completion'): NanoUsd | null {
  return first === undefined ? null : first.prices[kind]
}

function blendedPrice({ endpoints: [first] }: Model): number | null {
  return first === undefined ? null : Number(first.prices.prompt + first.prices.completion)
}

function contextOf({ endpoints }: Model): number | null {
  return endpoints.length === 0 ? null : Math.max(...endpoints.map(({ contextLength }) => contextLength))
}

type IndexName = 'intelligence_index' | 'coding_index' | 'agentic_index'

function indexOf({ facts }: Model, name: IndexName): number | null {
  return facts?.benchmarks?.artificial_analysis?.[name] ?? null
}

function bestElo({ facts }: Model): number | null {
  const ratings = facts?.benchmarks?.design_arena.map(({ elo }) => elo) ?? []
  return ratings.length === 0 ? null : Math.max(...ratings)
}

/** Neither trains on what it gets nor keeps it. */
export function keepsNothing({ provider }: Endpoint): boolean {
  return !provider.dataPolicy.training && !provider.dataPolicy.retainsPrompts
}

export function tokenizerOf({ facts }: Model): string {
  return facts?.tokenizer ?? 'Other'
}

function authorOf(id: string): string {
  return id.slice(id.startsWith('~') ? 1 : 0, id.indexOf('/')).toLowerCase()
}

function namesIn(list: string | undefined): string[] | undefined {
  const names = list?.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]))
  return names === undefined || names.length === 0 ? undefined : names
}
