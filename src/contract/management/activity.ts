import { z } from 'zod'
import { KeyHash, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const ActivityWire = z.object({
  date: z.string(),
  model: z.string(),
  model_permaslug: z.string(),
  endpoint_id: z.string(),
  provider_name: z.string(),
  usage: z.number(),
  byok_usage_inference: z.number(),
  requests: z.int(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  reasoning_tokens: z.int(),
  workspace_id: z.string().optional(),
})
export type ActivityWire = z.output<typeof ActivityWire>

export const getUserActivity = operation({
  id: 'getUserActivity',
  method: 'GET',
  path: '/api/v1/activity',
  summary: 'Get user activity grouped by endpoint',
  tag: 'Analytics',
  permission: 'activity:read',
  effect: 'read',
  input: z.strictObject({
    date: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD')
      .optional(),
    api_key_hash: KeyHash.optional(),
    user_id: UserId.optional(),
    workspace_id: Uuid.optional(),
    group_by: z.enum(['workspace']).optional(),
  }),
  output: z.object({ data: z.array(ActivityWire) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})
