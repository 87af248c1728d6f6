import { z } from 'zod'
import { LOG_OUTCOMES } from '../../../../src/contract/management/logs.ts'

/** What the address says of the page of logs. */
export const LogSearch = z.object({
  api_key_hash: z.string().optional(),
  model: z.string().optional(),
  outcome: z.enum(LOG_OUTCOMES).optional().catch(undefined),
  user_id: z.string().optional(),
  session_id: z.string().optional(),
  since: z.enum(['1h', '24h', '7d', '30d']).optional().catch(undefined),
  cursor: z.string().optional(),
  request: z.string().optional(),
})
export type LogSearch = z.output<typeof LogSearch>
