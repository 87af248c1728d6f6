import type { ANALYTICS_OPERATIONS } from '../../contract/management/analytics.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleGetAnalyticsMeta } from './get-analytics-meta.ts'
import { handleQueryAnalytics } from './query-analytics.ts'

export const ANALYTICS_HANDLERS: HandlersFor<typeof ANALYTICS_OPERATIONS, ControlContext, MemoryContext> = {
  getAnalyticsMeta: handleGetAnalyticsMeta,
  queryAnalytics: handleQueryAnalytics,
}
