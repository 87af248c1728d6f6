import { z } from 'zod'
import { Flag, KeyHash, Usd, UserId, UtcInstant, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const LOG_OUTCOMES = ['done', 'upstream_error', 'cancelled', 'crash_padding', 'refused'] as const
export type LogOutcome = (typeof LOG_OUTCOMES)[number]

const Text = z.string().min(1).max(500)
const Cursor = z.string().min(1).max(400)
const PageLimit = z.int().min(1).max(100)

/** One request of a known key: an inference that ran, or one that was refused, with the reason. No prompt, no answer. */
export const LogEntryWire = z.object({
  /** The id of the generation; of a refused request the request id. */
  id: z.string(),
  generation_id: z.string().nullable(),
  request_id: z.string(),
  created_at: z.string(),
  outcome: z.enum(LOG_OUTCOMES),
  /** HTTP status of the answer; null where the provider failed or the process died amid the request. */
  status: z.int().nullable(),
  /** Why a request was refused. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  workspace_id: z.string().nullable(),
  api_key_id: z.number(),
  api_key_hash: z.string().nullable(),
  api_key_name: z.string().nullable(),
  user_id: z.string().nullable(),
  model: z.string().nullable(),
  provider_name: z.string().nullable(),
  streamed: z.boolean().nullable(),
  finish_reason: z.string().nullable(),
  tokens_prompt: z.number(),
  tokens_completion: z.number(),
  tokens_reasoning: z.number(),
  tokens_cached: z.number(),
  usage: z.number(),
  usage_estimated: z.boolean(),
  /** Milliseconds. */
  latency: z.number().nullable(),
  generation_time: z.number().nullable(),
  /** Origin of the app behind the request. */
  app: z.string().nullable(),
  app_title: z.string().nullable(),
  /** Of origin and title together. */
  app_id: z.number().int().nullable(),
  http_referer: z.string().nullable(),
  user_agent: z.string().nullable(),
  ip: z.string().nullable(),
  session_id: z.string().nullable(),
  external_user: z.string().nullable(),
})
export type LogEntryWire = z.output<typeof LogEntryWire>

export const LogSessionWire = z.object({
  session_id: z.string(),
  workspace_id: z.string(),
  requests: z.number(),
  failed_requests: z.number(),
  usage: z.number(),
  tokens_prompt: z.number(),
  tokens_completion: z.number(),
  first_request_at: z.string(),
  last_request_at: z.string(),
  models: z.array(z.string()),
})
export type LogSessionWire = z.output<typeof LogSessionWire>

const Filters = {
  workspace_id: Uuid.optional(),
  api_key_hash: KeyHash.optional(),
  user_id: UserId.optional(),
  model: Text.optional(),
  /** Name of the provider that answered. */
  provider: Text.optional(),
  /** Number, origin or title of the app. */
  app: Text.optional(),
  external_user: Text.optional(),
  /** Requests from then on. */
  from: UtcInstant.optional(),
  /** Requests until before then. */
  to: UtcInstant.optional(),
  cursor: Cursor.optional(),
  limit: PageLimit.optional(),
}

export const listLogs = operation({
  id: 'listLogs',
  method: 'GET',
  path: '/api/v1/logs',
  summary: 'List requests, refused ones included, newest first',
  tag: 'Logs',
  permission: 'log:read',
  effect: 'read',
  input: z.strictObject({
    ...Filters,
    session_id: Text.optional(),
    outcome: z.enum(LOG_OUTCOMES).optional(),
    status: z.int().min(100).max(599).optional(),
    min_cost: Usd.optional(),
    max_cost: Usd.optional(),
    false_positive: Flag.optional(),
  }),
  output: z.object({ data: z.array(LogEntryWire), next_cursor: z.string().nullable() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const listLogSessions = operation({
  id: 'listLogSessions',
  method: 'GET',
  path: '/api/v1/logs/sessions',
  summary: 'List sessions with what they used, the latest active first',
  tag: 'Logs',
  permission: 'log:read',
  effect: 'read',
  input: z.strictObject(Filters),
  output: z.object({ data: z.array(LogSessionWire), next_cursor: z.string().nullable() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const LOG_OPERATIONS = { listLogs, listLogSessions } as const
