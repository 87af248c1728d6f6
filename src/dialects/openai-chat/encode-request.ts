import { createHash } from 'node:crypto'
import type { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'

/** Fields that are between the caller and the gateway. */
const OWN_FIELDS = new Set([
  'model',
  'models',
  'provider',
  'route',
  'plugins',
  'preset',
  'transforms',
  'usage',
  'trace',
  'session_id',
  'metadata',
  'debug',
  'user',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_tool_calls',
  'reasoning',
  'stop_server_tools_when',
])

export interface EncodeOptions {
  /** The bound to send instead of the caller's, or null. */
  cappedTokens: number | null
  organizationId: string
}

export interface EncodedRequest {
  path: string
  headers: Record<string, string>
  body: string
  json: Record<string, unknown>
}

/** The request for one endpoint, headers built from scratch. Nothing that is the gateway's own goes upstream, and the end
 *  user's name only as a hash. */
export function encodeChatRequest(
  request: ChatCompletionRequest,
  endpoint: Endpoint,
  options: EncodeOptions,
): EncodedRequest {
  const json: Record<string, unknown> = { model: endpoint.upstreamId }
  for (const [name, value] of Object.entries(request)) if (!OWN_FIELDS.has(name)) json[name] = value
  const boundName = request.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens'
  const bound = options.cappedTokens ?? request.max_completion_tokens ?? request.max_tokens
  if (bound) json[boundName] = bound
  const effort = reasoningEffort(request)
  if (effort !== undefined) json['reasoning_effort'] = effort
  if (request.user) json['user'] = hashUser(options.organizationId, request.user)
  if (request.stream === true) {
    json['stream'] = true
    json['stream_options'] = { include_usage: true }
  }
  const body = JSON.stringify(json)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: request.stream === true ? 'text/event-stream' : 'application/json',
    'user-agent': 'switchyard',
  }
  const { apiKey } = endpoint.provider
  if (apiKey !== null) headers['authorization'] = `Bearer ${apiKey}`
  return { path: '/chat/completions', headers, body, json }
}

function reasoningEffort(request: ChatCompletionRequest): string | undefined {
  const { reasoning } = request as { reasoning?: unknown }
  if (typeof reasoning !== 'object' || reasoning === null) return undefined
  const { effort } = reasoning as { effort?: unknown }
  return typeof effort === 'string' ? effort : undefined
}

function hashUser(organizationId: string, user: string): string {
  return createHash('sha256').update(organizationId).update('\0').update(user).digest('hex').slice(0, 32)
}
