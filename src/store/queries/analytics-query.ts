import type {
  AnalyticsDimension,
  AnalyticsGranularity,
  AnalyticsMetric,
  AnalyticsOperator,
} from '../../contract/management/analytics.ts'
import type { SplitRange } from '../../domain/analytics-range.ts'
import type { Visibility } from './visibility.ts'

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
