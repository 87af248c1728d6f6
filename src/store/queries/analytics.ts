import { type Expression, type ExpressionBuilder, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import {
  ANALYTICS_METRICS,
  type AnalyticsDimension,
  type AnalyticsGranularity,
  type AnalyticsMetric,
} from '../../contract/management/analytics.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import { type Fact, factsOf } from './analytics-facts.ts'
import type { AnalyticsQuery, AnalyticsRow, DimensionFilter, DimensionValue, MetricFilter } from './analytics-query.ts'
import { isApp } from './apps.ts'

/* One question over usage, answered from facts: sums of days, or single requests (`analytics-facts.ts`). */

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
    .selectFrom(factsOf(query, metricsIn(query).some(isPercentile)).as('fact'))
    .select([
      ...dimensions.map((name) => column(name).as(name)),
      ...metrics.map((name) => metric(query, name).as(name)),
    ])
    .select(orderValue(query).as('order_value'))
  if (granularity !== undefined) rows = rows.select(bucket(granularity).as('bucket')).groupBy(bucket(granularity))
  for (const name of dimensions) rows = rows.groupBy(column(name))
  for (const filter of query.filters) rows = rows.where(keepsDimension(filter))
  for (const filter of query.having) rows = rows.having(keepsMetric(query, filter))
  return rows
}

/** 1 for the first row of each combination of the dimensions' values, in the order asked for. */
function rankInGroup(query: AnalyticsQuery): RawBuilder<bigint> {
  const direction = query.orderBy.direction === 'asc' ? sql`ASC` : sql`DESC`
  return sql<bigint>`row_number() OVER (PARTITION BY ${sql.join(query.dimensions.map(column))}
    ORDER BY ${orderValue(query)} ${direction} NULLS LAST, min(fact.at))`
}

/** Expressions over facts, typed loosely where the names come from the caller: each is one of a fixed list. */
const { and, eb, lit, or }: ExpressionBuilder<{ fact: Fact }, 'fact'> = expressionBuilder<{ fact: Fact }, 'fact'>()

function column(dimension: AnalyticsDimension): RawBuilder<DimensionValue | null> {
  if (dimension === 'origin') return sql<string>`split_part(fact.app, E'\n', 1)`
  return sql<DimensionValue | null>`${sql.ref(`fact.${dimension}`)}`
}

function bucket(granularity: AnalyticsGranularity): RawBuilder<number> {
  return sql<number>`date_trunc(${sql.lit(granularity)}, fact.at)`
}

const total = (name: keyof Fact) => sql<bigint>`coalesce(sum(${sql.ref(`fact.${name}`)}), 0)::bigint`
const ratio = (part: keyof Fact, whole: keyof Fact) =>
  sql<number | null>`sum(${sql.ref(`fact.${part}`)})::float8 / nullif(sum(${sql.ref(`fact.${whole}`)}), 0)::float8`
/** What this gateway has no such thing of. */
const nothing = sql<null>`null::bigint`

const PERCENTILES = { latency_p50: 0.5, latency_p90: 0.9, latency_p99: 0.99 } as const
type Percentile = keyof typeof PERCENTILES

const METRICS: Readonly<Record<Exclude<AnalyticsMetric, Percentile>, RawBuilder<bigint | number | null>>> = {
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
  usage_reported: total('reported_nano'),
  usage_byok_reported: total('byok_reported_nano'),
  usage_cache: nothing,
  usage_data: nothing,
  usage_web: nothing,
  usage_file: nothing,
  latency_avg: ratio('latency_ms', 'latency_requests'),
  generation_time_avg: ratio('generation_time_ms', 'generation_time_requests'),
  throughput_avg: sql<
    number | null
  >`sum(fact.timed_completion_tokens)::float8 * 1000 / nullif(sum(fact.generation_time_ms), 0)::float8`,
}

function isPercentile(name: AnalyticsMetric): name is Percentile {
  return name in PERCENTILES
}

function metric({ range }: AnalyticsQuery, name: AnalyticsMetric): RawBuilder<bigint | number | null> {
  if (!isPercentile(name)) return METRICS[name]
  const fraction = sql.lit(PERCENTILES[name])
  if (range.days === null)
    return sql<number | null>`percentile_cont(${fraction}) WITHIN GROUP (ORDER BY fact.exact_latency_ms)`
  return sql<number | null>`latency_percentile(${fraction}::float8,
    array_agg(fact.step_ms ORDER BY fact.step_ms) FILTER (WHERE fact.step_requests > 0),
    array_agg(fact.step_requests ORDER BY fact.step_ms) FILTER (WHERE fact.step_requests > 0))`
}

/** All that must be worked out, shown or not. */
function metricsIn({ metrics, having, orderBy }: AnalyticsQuery): AnalyticsMetric[] {
  const { field } = orderBy
  const ordering = field in ANALYTICS_METRICS ? [field as AnalyticsMetric] : []
  return [...metrics, ...having.map((filter) => filter.metric), ...ordering]
}

function orderValue(query: AnalyticsQuery): RawBuilder<unknown> {
  const { field } = query.orderBy
  if (field === 'date') return sql`min(fact.at)`
  return field in ANALYTICS_METRICS ? metric(query, field as AnalyticsMetric) : column(field as AnalyticsDimension)
}

function keepsDimension({ dimension, operator, values, includeUnset }: DimensionFilter): Expression<SqlBool> {
  const name = column(dimension)
  const isUnset = UNSET_IS_EMPTY.has(dimension) ? eb(name, '=', '') : eb(name, 'is', null)
  const isSet = UNSET_IS_EMPTY.has(dimension) ? eb(name, '<>', '') : eb(name, 'is not', null)
  const listed = values.length === 0 ? lit(false) : isOneOf(dimension, values)
  const kept = operator === 'in' ? listed : and([isSet, eb.not(listed)])
  return includeUnset ? or([kept, isUnset]) : kept
}

/** An app by its number, its origin or its title. */
function isOneOf(dimension: AnalyticsDimension, values: readonly DimensionValue[]): Expression<SqlBool> {
  if (dimension !== 'app') return eb(column(dimension), 'in', [...values])
  return or(values.map((value) => isApp(sql.ref('fact.app'), String(value))))
}

/** Those where "none" is stored as ''. */
const UNSET_IS_EMPTY: ReadonlySet<AnalyticsDimension> = new Set(['user', 'project', 'app', 'origin'])

const COMPARISONS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function keepsMetric(query: AnalyticsQuery, { metric: name, operator, value }: MetricFilter): Expression<SqlBool> {
  return eb(metric(query, name), COMPARISONS[operator], sql<number>`${value}::float8`)
}
