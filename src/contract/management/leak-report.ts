import { z } from 'zod'
import { operation } from '../operation.ts'

const reportKeyLeak = operation({
  id: 'reportKeyLeak',
  method: 'POST',
  path: '/api/v1/keys/report-leak',
  summary: 'Report an API key that was found where it should not be',
  tag: 'API Keys',
  permission: 'public',
  effect: 'write',
  status: 202,
  mayDoNothing: true,
  input: z.strictObject({
    /** The whole secret: nobody who hasn't seen it can end it. */
    key: z.string().min(1).max(512),
    source_url: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .max(2_000)
      .nullish(),
  }),
  /** The same whether there is such a key or not. */
  output: z.object({ data: z.object({ received: z.literal(true) }) }),
  errors: ['invalid_request', 'rate_limited'],
})

export const LEAK_REPORT_OPERATIONS = { reportKeyLeak } as const
