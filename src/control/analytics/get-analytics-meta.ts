import {
  ANALYTICS_DIMENSIONS,
  ANALYTICS_GRANULARITIES,
  ANALYTICS_METRICS,
  ANALYTICS_OPERATORS,
  type AnalyticsOperator,
  type getAnalyticsMeta,
} from '../../contract/management/analytics.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import type { ControlContext } from '../context.ts'

const GRANULARITY_LABELS = { minute: 'Minute', hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' } as const

export const handleGetAnalyticsMeta: HandlerOf<typeof getAnalyticsMeta, ControlContext> = async () => ({
  data: {
    metrics: Object.entries(ANALYTICS_METRICS).map(([name, { label, format, isRate }]) => ({
      name,
      display_label: label,
      display_format: format,
      is_rate: isRate,
    })),
    dimensions: Object.entries(ANALYTICS_DIMENSIONS).map(([name, { label }]) => ({ name, display_label: label })),
    granularities: ANALYTICS_GRANULARITIES.map((name) => ({ name, display_label: GRANULARITY_LABELS[name] })),
    operators: Object.entries(ANALYTICS_OPERATORS).map(([name, value_type]) => ({
      name: name as AnalyticsOperator,
      value_type,
    })),
  },
})
