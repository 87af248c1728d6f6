import type { GenerationContentWire } from '../../contract/inference/generation-content.ts'
import type { FilterFacts } from '../../domain/destination-filter.ts'
import { toUsd } from '../../domain/money.ts'
import type { BroadcastGeneration, ClaimedDestination, DeliveryRow } from '../../store/queries/broadcast.ts'
import { placeOf, type TracePlace } from './trace-place.ts'

/** One inference as a destination may see it: what it isn't told is null. */
export interface Trace extends TracePlace {
  /** Of the generation. */
  id: string
  /** Epoch milliseconds. */
  startedAt: number
  endedAt: number
  operation: 'chat' | 'embeddings' | 'rerank'
  model: string
  provider: string
  upstreamId: string | null
  isStream: boolean
  isError: boolean
  finishReason: string | null
  sessionId: string | null
  /** As the caller names its end user. */
  userId: string | null
  /** Milliseconds until the first content. */
  latencyMs: number | null
  tokens: { prompt: number; completion: number; reasoning: number; cached: number; total: number }
  /** In dollars. */
  cost: { total: number; prompt: number; completion: number } | null
  identity: Readonly<Record<string, string>> | null
  requestContext: Readonly<Record<string, string>> | null
  content: TraceContent | null
}

export interface TraceContent {
  /** Messages of the chat completions format, or one of the user's with the beginning of a request that was too long. */
  input: readonly unknown[]
  completion: string | null
  reasoning: string | null
  toolCalls: readonly unknown[]
}

type Sight = Pick<
  ClaimedDestination,
  | 'privacy_mode'
  | 'broadcast_generation_cost'
  | 'broadcast_generation_identity'
  | 'broadcast_generation_request_context'
>

/** The trace of a generation, as far as the destination may see it. */
export function toTrace(
  row: BroadcastGeneration,
  { started_at, ended_at, trace }: Pick<DeliveryRow, 'started_at' | 'ended_at' | 'trace'>,
  { content, sight }: { content: TraceContent | null; sight: Sight },
): Trace {
  const {
    tokens_cached: cached,
    tokens_completion: completion,
    tokens_prompt: prompt,
    tokens_reasoning: reasoning,
  } = row
  return {
    id: row.id,
    ...placeOf(row.id, trace),
    startedAt: started_at,
    endedAt: ended_at,
    operation: row.api_type === 'embeddings' || row.api_type === 'rerank' ? row.api_type : 'chat',
    model: row.model,
    provider: row.provider_name,
    upstreamId: row.upstream_id,
    isStream: row.streamed,
    isError: row.outcome === 'upstream_error' || row.outcome === 'crash_padding',
    finishReason: row.finish_reason,
    sessionId: row.session_id,
    userId: row.external_user,
    latencyMs: row.latency_ms,
    tokens: { prompt, completion, reasoning, cached, total: prompt + completion },
    cost: sight.broadcast_generation_cost ? costOf(row) : null,
    identity: sight.broadcast_generation_identity ? identityOf(row) : null,
    requestContext: sight.broadcast_generation_request_context ? requestContextOf(row) : null,
    content: sight.privacy_mode ? null : content,
  }
}

/** With what ran on the customer's own credential at its list price. */
function costOf({ byok_nano, cost_nano, prompt_cost_nano }: BroadcastGeneration): Trace['cost'] {
  const total = cost_nano + byok_nano
  return { total: toUsd(total), prompt: toUsd(prompt_cost_nano), completion: toUsd(total - prompt_cost_nano) }
}

function identityOf(row: BroadcastGeneration): Record<string, string> {
  return known({
    organization_id: row.organization_id,
    workspace_id: row.workspace_id,
    project_id: row.project_id,
    api_key_name: row.key_name,
    api_key_hash: row.key_hash,
    creator_user_id: row.user_id,
  })
}

function requestContextOf(row: BroadcastGeneration): Record<string, string> {
  return known({
    request_id: row.request_id,
    http_referer: row.http_referer,
    origin: row.origin || null,
    app_title: row.app_title,
    user_agent: row.user_agent,
  })
}

function known(fields: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== null))
}

/** What rules of a destination look at, whether it is told that or not. */
export function toFacts(row: BroadcastGeneration, content: TraceContent | null): FilterFacts {
  return {
    model: row.model,
    provider: row.provider_name,
    session_id: row.session_id,
    user_id: row.external_user,
    api_key_name: row.key_name,
    finish_reason: row.finish_reason,
    input: content?.input.map(textOf).join('\n') ?? null,
    output: content?.completion ?? null,
    total_cost: toUsd(row.cost_nano + row.byok_nano),
    total_tokens: row.tokens_prompt + row.tokens_completion,
    prompt_tokens: row.tokens_prompt,
    completion_tokens: row.tokens_completion,
  }
}

/** Stored content without files, images and sound, of which only the kind stays. */
export function readContent(json: string): TraceContent {
  const { input, output } = JSON.parse(json) as GenerationContentWire
  const messages = 'prompt' in input ? [{ role: 'user', content: input.prompt }] : (input.messages ?? [])
  const { completion, reasoning, tool_calls: toolCalls = [] } = output
  return { input: messages.map(withoutMedia), completion, reasoning, toolCalls }
}

const LEFT_OUT = '[left out]'
const DATA_URL = /^data:([^;,]{0,100})[^,]{0,200},/
/** Fields that hold bytes as base64 by themselves. */
const BYTES = new Set(['data', 'file_data'])

function withoutMedia(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMedia)
  if (typeof value === 'string') return DATA_URL.test(value) ? dataUrlKind(value) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      BYTES.has(name) && typeof item === 'string' && !DATA_URL.test(item) ? LEFT_OUT : withoutMedia(item),
    ]),
  )
}

function dataUrlKind(url: string): string {
  return `data:${DATA_URL.exec(url)?.[1] ?? ''},${LEFT_OUT}`
}

/** The text of a message of the chat completions format. */
export function textOf(message: unknown): string {
  const { content } = (message ?? {}) as { content?: unknown }
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n')
}
