import { z } from 'zod'
import { operation } from '../operation.ts'

export const completeSetUp = operation({
  id: 'completeSetUp',
  method: 'POST',
  path: '/setup',
  summary: 'Set the installation up: first administrator, first keys',
  tag: 'Set-up',
  permission: 'public',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    token: z.string().min(1).max(200),
    email: z.email().max(320),
    first_name: z.string().min(1).max(100).nullish(),
    last_name: z.string().min(1).max(100).nullish(),
  }),
  output: z.object({
    data: z.object({
      user_id: z.string(),
      organization_id: z.string(),
      workspace_id: z.string(),
      management_key: z.string(),
      inference_key: z.string(),
    }),
  }),
  errors: ['invalid_request', 'forbidden', 'rate_limited'],
})
