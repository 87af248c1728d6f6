import { z } from 'zod'
import { UtcInstant } from '../common/scalars.ts'
import { operation } from '../operation.ts'

/** What can be measured, and how it is to be shown. `byRequest`: known of single requests, and of whole days only
 *  for the whole organization by model and provider; otherwise for 31 days at most. */
export const ANALYTICS_METRICS = {
  total_usage: { label: 'Total usage', format: 'currency', isRate: false, byRequest: false },
  request_count: { label: 'Requests', format: 'number', isRate: false, byRequest: false },
  tokens_total: { label: 'Tokens', format: 'number', isRate: false, byRequest: false },
  tokens_prompt: { label: 'Prompt tokens', format: 'number', isRate: false, byRequest: false },
  tokens_completion: { label: 'Completion tokens', format: 'number', isRate: false, byRequest: false },
  reasoning_tokens: { label: 'Reasoning tokens', format: 'number', isRate: false, byRequest: false },
  cached_tokens: { label: 'Cached tokens', format: 'number', isRate: false, byRequest: false },
  cache_hit_rate: { label: 'Cache hit rate', format: 'percent', isRate: true, byRequest: false },
  error_rate: { label: 'Error rate', format: 'percent', isRate: true, byRequest: false },
  usage_upstream: { label: 'Inference usage', format: 'currency', isRate: false, byRequest: false },
  usage_byok: { label: 'BYOK usage', format: 'currency', isRate: false, byRequest: false },
  /** What providers themselves said that it costs, where they said it. */
  usage_reported: { label: 'Reported by providers', format: 'currency', isRate: false, byRequest: false },
  usage_byok_reported: { label: 'Reported by providers, BYOK', format: 'currency', isRate: false, byRequest: false },
  usage_cache: { label: 'Cache usage', format: 'currency', isRate: false, byRequest: false },
  usage_data: { label: 'Data discount', format: 'currency', isRate: false, byRequest: false },
  usage_web: { label: 'Web search usage', format: 'currency', isRate: false, byRequest: false },
  usage_file: { label: 'File processing usage', format: 'currency', isRate: false, byRequest: false },
  latency_avg: { label: 'Average latency', format: 'latency', isRate: true, byRequest: false },
  latency_p50: { label: 'Median latency', format: 'latency', isRate: true, byRequest: true },
  latency_p90: { label: 'Latency, 90th percentile', format: 'latency', isRate: true, byRequest: true },
  latency_p99: { label: 'Latency, 99th percentile', format: 'latency', isRate: true, byRequest: true },
  generation_time_avg: { label: 'Average generation time', format: 'latency', isRate: true, byRequest: false },
  throughput_avg: { label: 'Throughput', format: 'throughput', isRate: true, byRequest: false },
} as const
export type AnalyticsMetric = keyof typeof ANALYTICS_METRICS

/** By what it can be told apart. */
export const ANALYTICS_DIMENSIONS = {
  model: { label: 'Model', byRequest: false },
  provider: { label: 'Provider', byRequest: false },
  api_key_id: { label: 'API key', byRequest: false },
  user: { label: 'Member', byRequest: false },
  workspace: { label: 'Workspace', byRequest: false },
  project: { label: 'Project', byRequest: false },
  app: { label: 'App', byRequest: false },
  origin: { label: 'Origin', byRequest: false },
  session_id: { label: 'Session', byRequest: true },
  generation_id: { label: 'Generation', byRequest: true },
} as const
export type AnalyticsDimension = keyof typeof ANALYTICS_DIMENSIONS

export const ANALYTICS_GRANULARITIES = ['minute', 'hour', 'day', 'week', 'month'] as const
export type AnalyticsGranularity = (typeof ANALYTICS_GRANULARITIES)[number]

export const ANALYTICS_OPERATORS = {
  eq: 'scalar',
  neq: 'scalar',
  in: 'array',
  not_in: 'array',
  gt: 'scalar',
  gte: 'scalar',
  lt: 'scalar',
  lte: 'scalar',
} as const
export type AnalyticsOperator = keyof typeof ANALYTICS_OPERATORS

const METRIC_NAMES = Object.keys(ANALYTICS_METRICS) as [AnalyticsMetric, ...AnalyticsMetric[]]
const DIMENSION_NAMES = Object.keys(ANALYTICS_DIMENSIONS) as [AnalyticsDimension, ...AnalyticsDimension[]]
const OPERATOR_NAMES = Object.keys(ANALYTICS_OPERATORS) as [AnalyticsOperator, ...AnalyticsOperator[]]

const Scalar = z.union([z.string().max(500), z.number()])
const Metric = z.enum(METRIC_NAMES)
const Dimension = z.enum(DIMENSION_NAMES)

const Filter = z.strictObject({
  /** A dimension; or a metric, and then whole groups are kept or dropped by it. */
  field: z.enum([...DIMENSION_NAMES, ...METRIC_NAMES]),
  operator: z.enum(OPERATOR_NAMES),
  value: z.union([Scalar, z.array(Scalar).min(1).max(500)]),
  /** Also keeps what has no value in the field. */
  include_unset: z.boolean().optional(),
})
export type AnalyticsFilter = z.output<typeof Filter>

export const getAnalyticsMeta = operation({
  id: 'getAnalyticsMeta',
  method: 'GET',
  path: '/api/v1/analytics/meta',
  summary: 'Get available analytics metrics and dimensions',
  tag: 'Analytics',
  permission: 'analytics:read',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({
    data: z.object({
      metrics: z.array(
        z.object({
          name: z.string(),
          display_label: z.string(),
          display_format: z.enum(['number', 'currency', 'percent', 'latency', 'throughput']),
          is_rate: z.boolean(),
        }),
      ),
      dimensions: z.array(z.object({ name: z.string(), display_label: z.string() })),
      granularities: z.array(z.object({ name: z.enum(ANALYTICS_GRANULARITIES), display_label: z.string() })),
      operators: z.array(z.object({ name: z.enum(OPERATOR_NAMES), value_type: z.enum(['scalar', 'array']) })),
    }),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

/** There are no classifiers here. A filter left out would answer more than was asked for, so any of them is refused. */
const NoClassifier = z.null({ error: 'no classifier has this id' }).optional()

export const queryAnalytics = operation({
  id: 'queryAnalytics',
  method: 'POST',
  path: '/api/v1/analytics/query',
  summary: 'Query analytics data',
  tag: 'Analytics',
  permission: 'analytics:read',
  effect: 'read',
  input: z.strictObject({
    metrics: z.array(Metric).min(1).max(20),
    dimensions: z.array(Dimension).max(2).optional(),
    filters: z.array(Filter).max(20).optional(),
    granularity: z.enum(ANALYTICS_GRANULARITIES).optional(),
    /** `end` is not part of it. */
    time_range: z.strictObject({ start: UtcInstant, end: UtcInstant }).optional(),
    order_by: z
      .strictObject({
        field: z.enum([...DIMENSION_NAMES, ...METRIC_NAMES, 'date']),
        direction: z.enum(['asc', 'desc']),
      })
      .optional(),
    limit: z.int().min(1).max(10_000).optional(),
    /** At most so many rows of each combination of the dimensions' values. */
    group_limit: z.int().min(1).max(10_000).optional(),
    classifier_dimensions: NoClassifier,
    classifier_filters: NoClassifier,
  }),
  output: z.object({
    data: z.object({
      data: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
      metadata: z.object({ query_time_ms: z.number(), row_count: z.int(), truncated: z.boolean() }),
      warnings: z.array(z.string()).optional(),
    }),
    warnings: z.array(z.string()).optional(),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'request_timeout'],
})

export const ANALYTICS_OPERATIONS = { getAnalyticsMeta, queryAnalytics } as const
