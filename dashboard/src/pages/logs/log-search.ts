import { z } from 'zod'
import { LOG_OUTCOMES } from '../../../../src/contract/management/logs.ts'

/** What can be typed, each a filter of the API by the same name. */
export const LOG_TEXTS = ['model', 'provider', 'app', 'session_id', 'external_user', 'status', 'min_cost'] as const
export type LogText = (typeof LOG_TEXTS)[number]

/** What narrows the log down. */
export const LOG_FILTERS = ['since', 'outcome', 'api_key_hash', 'user_id', 'false_positive', ...LOG_TEXTS] as const

/** What the address says of the page of logs. */
export const LogSearch = z.object({
  api_key_hash: z.string().optional(),
  outcome: z.enum(LOG_OUTCOMES).optional().catch(undefined),
  user_id: z.string().optional(),
  since: z.enum(['1h', '24h', '7d', '30d']).optional().catch(undefined),
  model: z.string().optional(),
  provider: z.string().optional(),
  app: z.string().optional(),
  session_id: z.string().optional(),
  external_user: z.string().optional(),
  status: z.coerce.number().int().min(100).max(599).optional().catch(undefined),
  min_cost: z.coerce.number().min(0).max(1e9).optional().catch(undefined),
  false_positive: z.literal('true').optional().catch(undefined),
  view: z.literal('sessions').optional().catch(undefined),
  cursor: z.string().optional(),
  request: z.string().optional(),
})
export type LogSearch = z.output<typeof LogSearch>
