import { type RawBuilder, sql } from 'kysely'

/** What each roll-up of usage adds up. */
const SUMS = [
  'usage_nano',
  'byok_usage_nano',
  'requests',
  'failed_requests',
  'prompt_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'cached_tokens',
  'latency_ms',
  'latency_requests',
  'generation_time_ms',
  'generation_time_requests',
  'timed_completion_tokens',
  'reported_nano',
  'byok_reported_nano',
]
const INVOICED_SUMS = ['usage_nano', 'requests', 'prompt_tokens', 'completion_tokens']

/** What it is added up by, which is the primary key. */
const BY_KEY = 'organization_id date model endpoint_id provider_name key_id user_id workspace_id project_id app'.split(
  ' ',
)
const BY_WORKSPACE = ['organization_id', 'date', 'workspace_id', 'model', 'endpoint_id', 'provider_name']
const BY_MODEL = ['organization_id', 'date', 'model', 'endpoint_id', 'provider_name']
const BY_MONTH = ['organization_id', 'month', 'workspace_id', 'model']
const BY_LATENCY = ['organization_id', 'date', 'model', 'provider_name', 'latency_ms']

/**
 * Common table expressions that add the rows of `fresh`, generations with their `day`, to every roll-up of usage. They are
 * first added up as finely as the finest roll-up wants it; the others add that up further.
 */
export const ROLL_UPS: RawBuilder<unknown> = sql.raw(`used AS (
    SELECT organization_id, day AS date, date_trunc('month', day::timestamp)::date AS month, model, endpoint_id,
      provider_name, key_id, coalesce(user_id, '') AS user_id, workspace_id, coalesce(project_id::text, '') AS project_id,
      app_of(origin, app_title) AS app, sum(cost_nano) AS usage_nano, sum(byok_nano) AS byok_usage_nano, count(*) AS requests,
      count(*) FILTER (WHERE outcome IN ('upstream_error', 'crash_padding')) AS failed_requests,
      sum(tokens_prompt) AS prompt_tokens, sum(tokens_completion) AS completion_tokens,
      sum(tokens_reasoning) AS reasoning_tokens, sum(tokens_cached) AS cached_tokens,
      coalesce(sum(latency_ms), 0) AS latency_ms, count(latency_ms) AS latency_requests,
      coalesce(sum(generation_time_ms), 0) AS generation_time_ms, count(generation_time_ms) AS generation_time_requests,
      coalesce(sum(tokens_completion) FILTER (WHERE generation_time_ms > 0), 0) AS timed_completion_tokens,
      coalesce(sum(upstream_cost_nano) FILTER (WHERE attempts -> -1 ->> 'byok_key_id' IS NULL), 0) AS reported_nano,
      coalesce(sum(upstream_cost_nano) FILTER (WHERE attempts -> -1 ->> 'byok_key_id' IS NOT NULL), 0) AS byok_reported_nano
    FROM fresh
    GROUP BY organization_id, day, model, endpoint_id, provider_name, key_id, coalesce(user_id, ''), workspace_id,
      project_id, app_of(origin, app_title)
  ), answered AS (
    SELECT organization_id, day AS date, model, provider_name,
      latency_ms - latency_ms % latency_step_ms(latency_ms) AS latency_ms, 1 AS requests
    FROM fresh WHERE latency_ms IS NOT NULL
  ), rolled_up AS (${added('activity', 'used', BY_KEY, SUMS)}
  ), by_workspace AS (${added('activity_by_workspace', 'used', BY_WORKSPACE, SUMS)}
  ), by_model AS (${added('activity_total', 'used', BY_MODEL, SUMS)}
  ), by_month AS (${added('monthly_usage', 'used', BY_MONTH, INVOICED_SUMS)}
  ), by_latency AS (${added('activity_latency', 'answered', BY_LATENCY, ['requests'])}
  )`)

/** In the order of the key, as everybody who writes there does: so nobody waits for another in a circle. */
function added(table: string, source: string, by: readonly string[], sums: readonly string[]): string {
  const key = by.join(', ')
  return `
    INSERT INTO ${table} (${key}, ${sums.join(', ')})
    SELECT ${key}, ${sums.map((name) => `sum(${name})`).join(', ')}
    FROM ${source} GROUP BY ${key} ORDER BY ${key}
    ON CONFLICT (${key}) DO UPDATE SET ${sums.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ')}`
}
