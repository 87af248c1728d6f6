import { type Expression, type ExpressionBuilder, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type {
  AnalyticsDimension,
  AnalyticsGranularity,
  AnalyticsMetric,
  AnalyticsOperator,
} from '../../contract/management/analytics.ts'
import type { SplitRange, TimeRange } from '../../domain/analytics-range.ts'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import { type Visibility, visibleRows } from './visibility.ts'

/*
 * One question over usage. What is asked by whole days is summed from the daily roll-up, and the hours before the first whole
 * day from single requests; what only single requests know (latency, minutes, sessions) from those alone. Both look the same
 * to the rest of the query: facts.
 */

export type DimensionValue = string | bigint

export interface DimensionFilter {
  dimension: AnalyticsDimension
  operator: 'in' | 'not_in'
  values: readonly DimensionValue[]
  /** Also what has no value there. */
  includeUnset: boolean
}

export interface MetricFilter {
  metric: AnalyticsMetric
  operator: Exclude<AnalyticsOperator, 'in' | 'not_in'>
  /** Money in nano-dollars. */
  value: number
}

export interface AnalyticsQuery {
  organizationId: string
  visible: Visibility
  /** What is taken from the daily sums, and what from single requests. */
  range: SplitRange
  metrics: readonly AnalyticsMetric[]
  dimensions: readonly AnalyticsDimension[]
  granularity: AnalyticsGranularity | undefined
  filters: readonly DimensionFilter[]
  having: readonly MetricFilter[]
  orderBy: { field: AnalyticsMetric | AnalyticsDimension | 'date'; direction: 'asc' | 'desc' }
  /** At most so many rows of each combination of the dimensions' values. */
  groupLimit: number | undefined
  limit: number
}

/** A row has `bucket` (epoch milliseconds) where a granularity was asked for, and each dimension and metric by its name. */
export type AnalyticsRow = Record<string, DimensionValue | number | null>

interface Fact {
  at: number
  model: string
  provider: string
  api_key_id: bigint
  user: string
  workspace: string
  project: string
  app: string
  session_id: string | null
  generation_id: string | null
  usage_nano: bigint
  byok_usage_nano: bigint
  requests: bigint
  failed_requests: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  reasoning_tokens: bigint
  cached_tokens: bigint
  latency_ms: number | null
  generation_time_ms: number | null
}

/** Sums by the dimensions and the granularity, at most `limit` rows, ordered as asked, ties by bucket and dimensions. Throws
 *  `request_timeout` when the database takes too long over it. */
export async function queryAnalyticsRows(db: Db, query: AnalyticsQuery): Promise<AnalyticsRow[]> {
  return await withinTime(db, () => listRows(db, query))
}

async function listRows(db: Db, query: AnalyticsQuery): Promise<AnalyticsRow[]> {
  const { dimensions, granularity, groupLimit, orderBy } = query
  const isRanked = groupLimit !== undefined && dimensions.length > 0
  const groups = isRanked ? groupsOf(db, query).select(rankInGroup(query).as('rank')) : groupsOf(db, query)
  let rows = db
    .selectFrom(groups.as('answer'))
    .selectAll()
    .orderBy('order_value', (order) => (orderBy.direction === 'asc' ? order.asc() : order.desc()).nullsLast())
    .limit(query.limit)
  if (granularity !== undefined) rows = rows.orderBy(sql.ref('bucket'))
  for (const name of dimensions) rows = rows.orderBy(sql.ref(name))
  if (isRanked) rows = rows.where(sql.ref('rank'), '<=', groupLimit)
  return (await rows.execute()) as AnalyticsRow[]
}

const QUERY_TIMEOUT_MS = 10_000
/** PostgreSQL's code for a statement that took too long; the embedded database knows no such bound. */
const CANCELED = '57014'

/** The bound holds for the rest of the transaction. */
async function withinTime<T>(db: Db, ask: () => Promise<T>): Promise<T> {
  await sql`SELECT set_config('statement_timeout', ${String(QUERY_TIMEOUT_MS)}, true)`.execute(db)
  try {
    return await ask()
  } catch (error) {
    if ((error as { code?: string }).code !== CANCELED) throw error
    throw new AppError(
      'request_timeout',
      'The query took too long; ask about a shorter time range',
      {},
      { cause: error },
    )
  }
}

function groupsOf(db: Db, query: AnalyticsQuery) {
  const { dimensions, granularity, metrics } = query
  let rows = db
    .selectFrom(factsOf(db, query).as('fact'))
    .select([...dimensions.map((name) => column(name).as(name)), ...metrics.map((name) => METRICS[name].as(name))])
    .select(orderValue(query.orderBy.field).as('order_value'))
  if (granularity !== undefined) rows = rows.select(bucket(granularity).as('bucket')).groupBy(bucket(granularity))
  for (const name of dimensions) rows = rows.groupBy(column(name))
  for (const filter of query.filters) rows = rows.where(keepsDimension(filter))
  for (const filter of query.having) rows = rows.having(keepsMetric(filter))
  return rows
}

/** 1 for the first row of each combination of the dimensions' values, in the order asked for. */
function rankInGroup({ dimensions, orderBy }: AnalyticsQuery): RawBuilder<bigint> {
  const direction = orderBy.direction === 'asc' ? sql`ASC` : sql`DESC`
  return sql<bigint>`row_number() OVER (PARTITION BY ${sql.join(dimensions.map(column))}
    ORDER BY ${orderValue(orderBy.field)} ${direction} NULLS LAST, min(fact.at))`
}

/** Expressions over facts, typed loosely where the names come from the caller: each is one of a fixed list. */
const { and, eb, lit, or }: ExpressionBuilder<{ fact: Fact }, 'fact'> = expressionBuilder<{ fact: Fact }, 'fact'>()

function column(dimension: AnalyticsDimension): RawBuilder<DimensionValue | null> {
  return sql<DimensionValue | null>`${sql.ref(`fact.${dimension === 'origin' ? 'app' : dimension}`)}`
}

function bucket(granularity: AnalyticsGranularity): RawBuilder<number> {
  return sql<number>`date_trunc(${sql.lit(granularity)}, fact.at)`
}

const total = (name: keyof Fact) => sql<bigint>`coalesce(sum(${sql.ref(`fact.${name}`)}), 0)::bigint`
const ratio = (part: keyof Fact, whole: keyof Fact) =>
  sql<number | null>`sum(${sql.ref(`fact.${part}`)})::float8 / nullif(sum(${sql.ref(`fact.${whole}`)}), 0)::float8`
const percentile = (fraction: number) =>
  sql<number | null>`percentile_cont(${sql.lit(fraction)}) WITHIN GROUP (ORDER BY fact.latency_ms)`
const average = (name: keyof Fact) => sql<number | null>`avg(${sql.ref(`fact.${name}`)})::float8`
/** What this gateway has no such thing of. */
const nothing = sql<null>`null::bigint`

const METRICS: Readonly<Record<AnalyticsMetric, RawBuilder<bigint | number | null>>> = {
  total_usage: total('usage_nano'),
  request_count: total('requests'),
  tokens_total: sql<bigint>`coalesce(sum(fact.prompt_tokens + fact.completion_tokens), 0)::bigint`,
  tokens_prompt: total('prompt_tokens'),
  tokens_completion: total('completion_tokens'),
  reasoning_tokens: total('reasoning_tokens'),
  cached_tokens: total('cached_tokens'),
  cache_hit_rate: ratio('cached_tokens', 'prompt_tokens'),
  error_rate: ratio('failed_requests', 'requests'),
  usage_upstream: total('usage_nano'),
  usage_byok: total('byok_usage_nano'),
  usage_cache: nothing,
  usage_data: nothing,
  usage_web: nothing,
  usage_file: nothing,
  latency_avg: average('latency_ms'),
  latency_p50: percentile(0.5),
  latency_p90: percentile(0.9),
  latency_p99: percentile(0.99),
  generation_time_avg: average('generation_time_ms'),
  throughput_avg: sql<
    number | null
  >`sum(fact.completion_tokens) FILTER (WHERE fact.generation_time_ms > 0)::float8 * 1000
    / nullif(sum(fact.generation_time_ms), 0)::float8`,
}

function orderValue(field: AnalyticsQuery['orderBy']['field']): RawBuilder<unknown> {
  if (field === 'date') return sql`min(fact.at)`
  return field in METRICS ? METRICS[field as AnalyticsMetric] : column(field as AnalyticsDimension)
}

function keepsDimension({ dimension, operator, values, includeUnset }: DimensionFilter): Expression<SqlBool> {
  const name = column(dimension)
  const isUnset = UNSET_IS_EMPTY.has(dimension) ? eb(name, '=', '') : eb(name, 'is', null)
  const isSet = UNSET_IS_EMPTY.has(dimension) ? eb(name, '<>', '') : eb(name, 'is not', null)
  const listed = values.length === 0 ? lit(false) : eb(name, 'in', [...values])
  const kept = operator === 'in' ? listed : and([isSet, eb.not(listed)])
  return includeUnset ? or([kept, isUnset]) : kept
}

/** Those where "none" is stored as ''. */
const UNSET_IS_EMPTY: ReadonlySet<AnalyticsDimension> = new Set(['user', 'project', 'app', 'origin'])

const COMPARISONS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function keepsMetric({ metric, operator, value }: MetricFilter): Expression<SqlBool> {
  return eb(METRICS[metric], COMPARISONS[operator], sql<number>`${value}::float8`)
}

function factsOf(db: Db, query: AnalyticsQuery) {
  const { days, rest } = query.range
  const [first = NEVER, ...more] = days === null ? rest : []
  const sums = isOfWholeOrganization(query) ? totalFacts : dailyFacts
  const start = days === null ? requestFacts(db, query, first) : sums(db, query, days)
  return (days === null ? more : rest).reduce((facts, piece) => facts.unionAll(requestFacts(db, query, piece)), start)
}

const NEVER: TimeRange = { from: 0, to: 0 }

/** What the organization's own sums know to tell apart. */
const IN_TOTALS: ReadonlySet<AnalyticsDimension> = new Set(['model', 'provider'])

function isOfWholeOrganization({ visible, dimensions, filters }: AnalyticsQuery): boolean {
  const asked = [...dimensions, ...filters.map(({ dimension }) => dimension)]
  return visible.workspaceIds === 'all' && asked.every((dimension) => IN_TOTALS.has(dimension))
}

type Days = NonNullable<SplitRange['days']>

function dailyFacts(db: Db, { organizationId, visible }: AnalyticsQuery, { from, to }: Days) {
  const condition = visibleRows(visible)
  const rows = db
    .selectFrom('activity')
    .where('organization_id', '=', organizationId)
    .where('date', '>=', from)
    .where('date', '<=', to)
    .select(({ ref }) => [
      sql<number>`date::timestamp`.as('at'),
      'model',
      ref('provider_name').as('provider'),
      ref('key_id').as('api_key_id'),
      ref('user_id').as('user'),
      ref('workspace_id').as('workspace'),
      ref('project_id').as('project'),
      'app',
      ...DAILY_SUMS,
    ])
  return condition ? rows.where(condition) : rows
}

function totalFacts(db: Db, { organizationId }: AnalyticsQuery, { from, to }: Days) {
  return db
    .selectFrom('activity_total')
    .where('organization_id', '=', organizationId)
    .where('date', '>=', from)
    .where('date', '<=', to)
    .select(({ ref }) => [
      sql<number>`date::timestamp`.as('at'),
      'model',
      ref('provider_name').as('provider'),
      sql<bigint>`0::bigint`.as('api_key_id'),
      sql<string>`''`.as('user'),
      sql<string>`null::uuid`.as('workspace'),
      sql<string>`''`.as('project'),
      sql<string>`''`.as('app'),
      ...DAILY_SUMS,
    ])
}

const DAILY_SUMS = [
  sql<string | null>`null::text`.as('session_id'),
  sql<string | null>`null::text`.as('generation_id'),
  'usage_nano',
  'byok_usage_nano',
  'requests',
  'failed_requests',
  'prompt_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'cached_tokens',
  sql<number | null>`null::integer`.as('latency_ms'),
  sql<number | null>`null::integer`.as('generation_time_ms'),
] as const

function requestFacts(db: Db, { organizationId, visible }: AnalyticsQuery, { from, to }: TimeRange) {
  const condition = visibleRows(visible)
  const rows = db
    .selectFrom('generation')
    .where('organization_id', '=', organizationId)
    .where('created_at', '>=', toIso(from) as never)
    .where('created_at', '<', toIso(to) as never)
    .select(({ ref }) => [
      sql<number>`created_at AT TIME ZONE 'UTC'`.as('at'),
      'model',
      ref('provider_name').as('provider'),
      ref('key_id').as('api_key_id'),
      sql<string>`coalesce(user_id, '')`.as('user'),
      ref('workspace_id').as('workspace'),
      sql<string>`''`.as('project'),
      ref('origin').as('app'),
      'session_id',
      sql<string | null>`id`.as('generation_id'),
      ref('cost_nano').as('usage_nano'),
      sql<bigint>`0::bigint`.as('byok_usage_nano'),
      sql<bigint>`1::bigint`.as('requests'),
      sql<bigint>`(outcome IN ('upstream_error', 'crash_padding'))::integer::bigint`.as('failed_requests'),
      sql<bigint>`tokens_prompt::bigint`.as('prompt_tokens'),
      sql<bigint>`tokens_completion::bigint`.as('completion_tokens'),
      sql<bigint>`tokens_reasoning::bigint`.as('reasoning_tokens'),
      sql<bigint>`tokens_cached::bigint`.as('cached_tokens'),
      'latency_ms',
      'generation_time_ms',
    ])
  return condition ? rows.where(condition) : rows
}
