import type { ErrorEnvelope } from '../../contract/common/errors.ts'
import { asObject, asObjects, asText, parseObject } from '../json-fields.ts'
import type { AnswerIdentity, Counted } from '../protocol.ts'
import { responsesUsageToWire } from './usage-wire.ts'

type Json = Record<string, unknown>

const TOO_LONG: ReadonlySet<unknown> = new Set([
  'context_length_exceeded',
  'max_tokens_exceeded',
  'token_limit_exceeded',
])

/** What an answer has by itself; the rest repeats the request. */
export interface ResponseState {
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  output: readonly Json[]
  incompleteReason?: 'max_output_tokens' | 'content_filter'
  error?: { code: string; message: string }
  /** Unix seconds. */
  completedAt?: number
  usage?: Json
  serviceTier?: string | null
}

/** A response with each key that the official schema wants. */
export function toResponse(identity: AnswerIdentity, state: ResponseState): Json {
  return {
    ...frame(identity),
    ...named(identity),
    completed_at: state.completedAt ?? null,
    status: state.status,
    error: state.error ?? null,
    incomplete_details: state.incompleteReason === undefined ? null : { reason: state.incompleteReason },
    output: state.output,
    usage: state.usage ?? null,
    ...(state.serviceTier ? { service_tier: state.serviceTier } : {}),
  }
}

/** A provider's own, under our name for it. What it repeats of the request is what was sent to it; what our caller sent wins. */
export function adoptResponse(native: Json, identity: AnswerIdentity, usage?: Json): Json {
  const { user, metadata, safety_identifier: safetyIdentifier } = echoOf(identity)
  const { user: _user, safety_identifier: _identifier, ...rest } = native
  return {
    ...frame(identity),
    ...rest,
    ...named(identity),
    metadata: metadata ?? {},
    ...(user === undefined ? {} : { user }),
    ...(safetyIdentifier === undefined ? {} : { safety_identifier: safetyIdentifier }),
    ...(usage === undefined ? {} : { usage }),
  }
}

/** The texts of all messages. */
export function outputText(output: unknown): string {
  return asObjects(output)
    .flatMap((item) => asObjects(item['content']))
    .filter((part) => part['type'] === 'output_text')
    .map((part) => asText(part['text']) ?? '')
    .join('')
}

/** What stands for an answer that broke off, or never began: one that failed, or, where the conversation or the answer is too
 *  long for the model, one that has come to its bound. */
export function brokenResponse(
  identity: AnswerIdentity,
  error: ErrorEnvelope['error'],
  { counted, output }: { counted: Counted; output: readonly Json[] },
): Json {
  const shared = { output, usage: responsesUsageToWire(counted.usage, counted.cost) }
  if (isTooLong(error))
    return toResponse(identity, { ...shared, status: 'incomplete', incompleteReason: 'max_output_tokens' })
  const told = { code: errorCode(error), message: error.message }
  return {
    ...toResponse(identity, { ...shared, status: 'failed', error: told }),
    error_type: error.metadata?.['error_type'] ?? 'server',
  }
}

export function isTooLong({ metadata }: ErrorEnvelope['error']): boolean {
  return TOO_LONG.has(metadata?.['error_type'])
}

/** By the kind of an error: `invalid_prompt` for what the caller can mend. */
function errorCode(error: ErrorEnvelope['error']): string {
  if (error.code === 429) return 'rate_limit_exceeded'
  return error.code >= 400 && error.code < 500 ? 'invalid_prompt' : 'server_error'
}

function named({ id, created, model, provider }: AnswerIdentity): Json {
  return { id, object: 'response', created_at: created, model, provider, store: false, previous_response_id: null }
}

function frame(identity: AnswerIdentity): Json {
  const echo = echoOf(identity)
  return {
    background: false,
    completed_at: null,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: null,
    top_p: null,
    presence_penalty: null,
    frequency_penalty: null,
    tool_choice: 'auto',
    truncation: 'disabled',
    ...withoutNull(echo),
    text: { format: { type: 'text' }, ...withoutNull(asObject(echo['text']) ?? {}) },
    tools: asObjects(echo['tools']).map(toTool),
    output: [],
  }
}

/** Functions with the keys that official clients want. */
function toTool(tool: Json): Json {
  return tool['type'] === 'function' ? { parameters: null, strict: null, ...tool } : tool
}

function echoOf({ echo }: AnswerIdentity): Json {
  return echo === null ? {} : (parseObject(echo) ?? {})
}

function withoutNull(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
