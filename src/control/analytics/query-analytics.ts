import {
  ANALYTICS_DIMENSIONS,
  ANALYTICS_METRICS,
  type AnalyticsDimension,
  type AnalyticsMetric,
  type queryAnalytics,
} from '../../contract/management/analytics.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import {
  isWithinRequestRange,
  REQUEST_RANGE_DAYS,
  recentRange,
  type SplitRange,
  splitRange,
  type TimeRange,
} from '../../domain/analytics-range.ts'
import { AppError } from '../../domain/app-error.ts'
import { queryAnalyticsRows } from '../../store/queries/analytics.ts'
import { knowsLatencies } from '../../store/queries/analytics-facts.ts'
import type { AnalyticsQuery } from '../../store/queries/analytics-query.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { rowsToWire } from './analytics-wire.ts'
import { readFilters } from './read-filters.ts'

type Question = InputOf<typeof queryAnalytics>

const LIMIT_DEFAULT = 1_000
/** So that no part of a time series is cut off unasked. */
const LIMIT_OF_SERIES = 10_000

/** Whoever may see only their own usage gets the figures of that. */
export const handleQueryAnalytics: HandlerOf<typeof queryAnalytics, ControlContext> = async (input, context) => {
  const begin = performance.now()
  const { filters, having, warnings } = await readFilters(context, input.filters ?? [])
  const isSeriesOfGroups = input.granularity !== undefined && (input.dimensions ?? []).length > 0
  const limit = input.limit ?? (isSeriesOfGroups ? LIMIT_OF_SERIES : LIMIT_DEFAULT)
  const question = {
    visible: visibleIn(context.access, 'analytics:read'),
    dimensions: [...new Set(input.dimensions)],
    filters,
  }
  const query: AnalyticsQuery = {
    ...question,
    organizationId: organizationOf(context),
    range: readRange(input, { having, ...question }, context.now),
    metrics: input.metrics,
    granularity: input.granularity,
    having,
    orderBy: readOrder(input),
    groupLimit: input.group_limit,
    limit: limit + 1,
  }
  const rows = await queryAnalyticsRows(context.tx, query)
  const data = await rowsToWire(context, query, rows.slice(0, limit))
  const metadata = {
    query_time_ms: Math.round(performance.now() - begin),
    row_count: data.length,
    truncated: rows.length > limit,
  }
  return { data: { data, metadata, ...(warnings.length > 0 ? { warnings } : {}) } }
}

type Asked = Pick<AnalyticsQuery, 'visible' | 'dimensions' | 'filters' | 'having'>

function readRange(input: Question, asked: Asked, now: number): SplitRange {
  const { filters, having } = asked
  const range = givenRange(input) ?? recentRange(input.granularity, now)
  const dimensions: AnalyticsDimension[] = [...asked.dimensions, ...filters.map(({ dimension }) => dimension)]
  const metrics: AnalyticsMetric[] = [...input.metrics, ...having.map(({ metric }) => metric)]
  const order = input.order_by?.field
  if (order !== undefined && order in ANALYTICS_METRICS) metrics.push(order as AnalyticsMetric)
  const needed = [
    ...(input.granularity === 'minute' || input.granularity === 'hour' ? [input.granularity] : []),
    ...dimensions.filter((name) => ANALYTICS_DIMENSIONS[name].byRequest),
    ...metrics.filter((name) => ANALYTICS_METRICS[name].byRequest && !knowsLatencies(asked)),
  ]
  if (needed.length === 0) return splitRange(range, now)
  if (isWithinRequestRange(range)) return { days: null, rest: [range] }
  throw new AppError(
    'invalid_request',
    `time_range: at most ${REQUEST_RANGE_DAYS} days for ${[...new Set(needed)].join(', ')}`,
  )
}

function givenRange({ time_range: given }: Question): TimeRange | undefined {
  if (given === undefined) return undefined
  const from = Math.max(0, Date.parse(given.start))
  const to = Math.max(0, Date.parse(given.end))
  if (to < from) throw new AppError('invalid_request', 'time_range.end: is before the start')
  return { from, to }
}

/** Without a word: by time where there is one, else the largest first. */
function readOrder({ order_by: given, metrics, dimensions = [], granularity }: Question): AnalyticsQuery['orderBy'] {
  if (given === undefined) {
    if (granularity !== undefined) return { field: 'date', direction: 'asc' }
    return { field: metrics[0] ?? 'request_count', direction: 'desc' }
  }
  const { field } = given
  if (field === 'date' && granularity === undefined)
    throw new AppError('invalid_request', 'order_by.field: date needs a granularity')
  if (field in ANALYTICS_DIMENSIONS && !dimensions.includes(field as AnalyticsDimension))
    throw new AppError('invalid_request', `order_by.field: ${field} is not among the dimensions`)
  return given
}
