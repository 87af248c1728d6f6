import { type RawBuilder, sql } from 'kysely'
import type { AnalyticsDimension } from '../../contract/management/analytics.ts'
import type { SplitRange, TimeRange } from '../../domain/analytics-range.ts'
import { toIso } from '../schema.ts'
import type { AnalyticsQuery } from './analytics-query.ts'
import { visibleRows } from './visibility.ts'

/*
 * What an analytics query adds up. Whole days come from the coarsest roll-up that tells apart what is asked, and the hours
 * before the first whole day from single requests; what only single requests know (minutes, sessions, the exact latency) from
 * those alone. All of it looks the same to the query.
 */

export interface Fact {
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
  latency_ms: bigint
  latency_requests: bigint
  generation_time_ms: bigint
  generation_time_requests: bigint
  timed_completion_tokens: bigint
  reported_nano: bigint
  byok_reported_nano: bigint
  exact_latency_ms: number | null
  /** So many requests took from here to the next step; facts with steps have nothing else where days are added up. */
  step_ms: number | null
  step_requests: bigint
}

type Columns = Readonly<Record<keyof Fact, string>>
type Days = NonNullable<SplitRange['days']>

const NOTHING: Columns = {
  at: 'date::timestamp',
  model: 'model',
  provider: 'provider_name',
  api_key_id: 'null::bigint',
  user: 'null::text',
  workspace: 'null::uuid',
  project: 'null::text',
  app: 'null::text',
  session_id: 'null::text',
  generation_id: 'null::text',
  usage_nano: '0::bigint',
  byok_usage_nano: '0::bigint',
  requests: '0::bigint',
  failed_requests: '0::bigint',
  prompt_tokens: '0::bigint',
  completion_tokens: '0::bigint',
  reasoning_tokens: '0::bigint',
  cached_tokens: '0::bigint',
  latency_ms: '0::bigint',
  latency_requests: '0::bigint',
  generation_time_ms: '0::bigint',
  generation_time_requests: '0::bigint',
  timed_completion_tokens: '0::bigint',
  reported_nano: '0::bigint',
  byok_reported_nano: '0::bigint',
  exact_latency_ms: 'null::integer',
  step_ms: 'null::integer',
  step_requests: '0::bigint',
}
const SUMS: Columns = {
  ...NOTHING,
  usage_nano: 'usage_nano',
  byok_usage_nano: 'byok_usage_nano',
  requests: 'requests',
  failed_requests: 'failed_requests',
  prompt_tokens: 'prompt_tokens',
  completion_tokens: 'completion_tokens',
  reasoning_tokens: 'reasoning_tokens',
  cached_tokens: 'cached_tokens',
  latency_ms: 'latency_ms',
  latency_requests: 'latency_requests',
  generation_time_ms: 'generation_time_ms',
  generation_time_requests: 'generation_time_requests',
  timed_completion_tokens: 'timed_completion_tokens',
  reported_nano: 'reported_nano',
  byok_reported_nano: 'byok_reported_nano',
}
const SOURCES = {
  activity_total: SUMS,
  activity_by_workspace: { ...SUMS, workspace: 'workspace_id' },
  activity: {
    ...SUMS,
    api_key_id: 'key_id',
    user: 'user_id',
    workspace: 'workspace_id',
    project: 'project_id',
    app: 'app',
  },
  generation: {
    at: "created_at AT TIME ZONE 'UTC'",
    model: 'model',
    provider: 'provider_name',
    api_key_id: 'key_id',
    user: "coalesce(user_id, '')",
    workspace: 'workspace_id',
    project: "coalesce(project_id::text, '')",
    app: 'app_of(origin, app_title)',
    session_id: 'session_id',
    generation_id: 'id',
    usage_nano: 'cost_nano',
    byok_usage_nano: 'byok_nano',
    requests: '1::bigint',
    failed_requests: "(outcome IN ('upstream_error', 'crash_padding'))::integer::bigint",
    prompt_tokens: 'tokens_prompt::bigint',
    completion_tokens: 'tokens_completion::bigint',
    reasoning_tokens: 'tokens_reasoning::bigint',
    cached_tokens: 'tokens_cached::bigint',
    latency_ms: 'coalesce(latency_ms, 0)::bigint',
    latency_requests: '(latency_ms IS NOT NULL)::integer::bigint',
    generation_time_ms: 'coalesce(generation_time_ms, 0)::bigint',
    generation_time_requests: '(generation_time_ms IS NOT NULL)::integer::bigint',
    timed_completion_tokens: 'CASE WHEN generation_time_ms > 0 THEN tokens_completion ELSE 0 END::bigint',
    reported_nano: "CASE WHEN attempts -> -1 ->> 'byok_key_id' IS NULL THEN coalesce(upstream_cost_nano, 0) ELSE 0 END",
    byok_reported_nano:
      "CASE WHEN attempts -> -1 ->> 'byok_key_id' IS NULL THEN 0 ELSE coalesce(upstream_cost_nano, 0) END",
    exact_latency_ms: 'latency_ms',
    step_ms: 'latency_ms - latency_ms % latency_step_ms(latency_ms)',
    step_requests: '(latency_ms IS NOT NULL)::integer::bigint',
  },
} as const satisfies Record<string, Columns>
type Source = keyof typeof SOURCES

/** A subquery of facts. `withSteps` also gives whole days their latencies, by step; they have none unless `knowsLatencies`. */
export function factsOf(query: AnalyticsQuery, withSteps: boolean): RawBuilder<Fact> {
  const { days, rest } = query.range
  const pieces = rest.map((range) => fromRequests(query, range))
  if (days !== null) pieces.push(fromDays(query, coarsestSource(query), days))
  if (days !== null && withSteps) pieces.push(stepsOf(query, days))
  if (pieces.length === 0) pieces.push(fromRequests(query, NEVER))
  return sql<Fact>`(${sql.join(pieces, sql` UNION ALL `)})`
}

const NEVER: TimeRange = { from: 0, to: 0 }

type Question = Pick<AnalyticsQuery, 'visible' | 'dimensions' | 'filters'>

/** Whether how long single answers took is known of whole days too: of the whole organization's, by model and provider. */
export function knowsLatencies(query: Question): boolean {
  return coarsestSource(query) === 'activity_total'
}

const OF_MODELS: readonly AnalyticsDimension[] = ['model', 'provider']
const OF_WORKSPACES: readonly AnalyticsDimension[] = [...OF_MODELS, 'workspace']

function coarsestSource({ visible, dimensions, filters }: Question): Source {
  const asked = [...dimensions, ...filters.map(({ dimension }) => dimension)]
  if (visible.workspaceIds === 'all' && asked.every((name) => OF_MODELS.includes(name))) return 'activity_total'
  const isOfWorkspaces = visible.ownOnlyIn.length === 0 && asked.every((name) => OF_WORKSPACES.includes(name))
  return isOfWorkspaces ? 'activity_by_workspace' : 'activity'
}

function fromDays(query: AnalyticsQuery, source: Source, { from, to }: Days): RawBuilder<Fact> {
  return select(query, source, within(from, to))
}

function within(from: string, to: string): RawBuilder<unknown> {
  return sql`date >= ${from}::date AND date <= ${to}::date`
}

/** Added up as far as the question allows, since a day of a model has dozens of steps. */
function stepsOf(query: AnalyticsQuery, { from, to }: Days): RawBuilder<Fact> {
  const asked = [...query.dimensions, ...query.filters.map(({ dimension }) => dimension)]
  const told = {
    at: query.granularity !== undefined,
    model: asked.includes('model'),
    provider: asked.includes('provider'),
  }
  const kept = (Object.keys(told) as (keyof typeof told)[]).filter((name) => told[name]).map((name) => NOTHING[name])
  const dropped = { at: 'min(date)::timestamp', model: 'null::text', provider: 'null::text' }
  const columns = {
    ...NOTHING,
    ...Object.fromEntries(Object.entries(dropped).filter(([name]) => !told[name as keyof typeof told])),
    step_ms: 'latency_ms',
    step_requests: 'sum(requests)::bigint',
  }
  return sql<Fact>`SELECT ${columnList(columns)} FROM activity_latency
    WHERE organization_id = ${query.organizationId} AND ${within(from, to)}
    GROUP BY ${sql.raw(['latency_ms', ...kept].join(', '))}`
}

function fromRequests(query: AnalyticsQuery, { from, to }: TimeRange): RawBuilder<Fact> {
  const time = sql`created_at >= ${toIso(from)}::timestamptz AND created_at < ${toIso(to)}::timestamptz`
  return select(query, 'generation', time)
}

function select({ organizationId, visible }: AnalyticsQuery, source: Source, time: RawBuilder<unknown>) {
  const condition = visibleRows(visible)
  const seen = condition === undefined ? sql`` : sql` AND ${condition}`
  return sql<Fact>`SELECT ${columnList(SOURCES[source])} FROM ${sql.table(source)}
    WHERE organization_id = ${organizationId} AND ${time}${seen}`
}

function columnList(columns: Columns): RawBuilder<unknown> {
  return sql.join(Object.entries(columns).map(([name, value]) => sql`${sql.raw(value)} AS ${sql.ref(name)}`))
}
