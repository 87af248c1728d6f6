import type { z } from 'zod'
import type { ErrorCode } from '../common/errors.ts'
import { ChatCompletionRequest } from './chat-completions.ts'

type Json = Record<string, unknown>

/** Inference is no operation: it has a path of its own through the gateway, and this is how it is documented. */
export const CHAT_COMPLETIONS = '/api/v1/chat/completions'

/** Of every kind of inference. */
export const REFUSALS: readonly ErrorCode[] = [
  'invalid_request',
  'invalid_model',
  'unauthorized',
  'insufficient_credits',
  'key_limit_exceeded',
  'forbidden',
  'budget_exceeded',
  'no_endpoints',
  'idempotency_mismatch',
  'idempotency_result_not_kept',
  'payload_too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'provider_error',
  'unavailable',
  'provider_overloaded',
  'provider_timeout',
]

const header = (name: string, description: string, schema: Json) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
})

/** What may be said in headers of every kind of inference. */
const HEADERS = [
  header(
    'Idempotency-Key',
    'The same request with the same key has one effect, one charge and one answer for 24 hours',
    {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x20-\\x7e]+$',
    },
  ),
  header('X-Switchyard-Project', 'Slug of the project that the request is for', { type: 'string' }),
  header('X-OpenRouter-Metadata', 'Whether the answer tells how it came about, as `openrouter_metadata`', {
    type: 'string',
    enum: ['enabled', 'disabled'],
  }),
  header('X-OpenRouter-Cache', 'Whether an answer to the same request may be given again, and this one kept', {
    type: 'string',
    enum: ['true', 'false'],
  }),
  header('X-OpenRouter-Cache-TTL', 'For how many seconds this answer is kept', {
    type: 'integer',
    minimum: 1,
    maximum: 86_400,
    default: 300,
  }),
  header('X-OpenRouter-Cache-Clear', 'Whether the answer is made anew, and kept in place of the one there is', {
    type: 'string',
    enum: ['true', 'false'],
  }),
  header('X-Session-Id', 'What requests belong together', { type: 'string', maxLength: 256 }),
]

export interface DocumentParts {
  schemaOf: (schema: z.ZodType, side: 'input' | 'output') => Json
  refusalsOf: (codes: readonly ErrorCode[]) => Json
}

/** The path object of chat completions. */
export function chatDocument(parts: DocumentParts): Json {
  return inferenceDocument(parts, {
    operationId: 'sendChatCompletionRequest',
    summary: 'Have a model answer a conversation',
    request: ChatCompletionRequest,
    description: 'The answer; with `stream: true` as events, each a chunk, the last one `[DONE]`',
    answer: ANSWER,
    isStreamed: true,
  })
}

/** The path object of one way to ask a model. */
export function inferenceDocument(
  { schemaOf, refusalsOf }: DocumentParts,
  about: {
    operationId: string
    summary: string
    request: z.ZodType
    description: string
    answer: Json
    isStreamed: boolean
  },
): Json {
  const { operationId, summary } = about
  const json = { 'application/json': { schema: about.answer } }
  const content = about.isStreamed ? { ...json, 'text/event-stream': { schema: { type: 'string' } } } : json
  return {
    post: {
      operationId,
      summary,
      tags: ['Inference'],
      security: [{ apiKey: [] }],
      'x-permission': 'inference',
      parameters: HEADERS,
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(about.request, 'input') } } },
      responses: {
        '200': { description: about.description, headers: ANSWER_HEADERS, content },
        ...refusalsOf(REFUSALS),
      },
    },
  }
}

const ANSWER_HEADERS = {
  'X-Generation-Id': { description: 'Of the generation on record', schema: { type: 'string' } },
  'Idempotent-Replayed': { description: 'Set where an answer is given again', schema: { const: 'true' } },
  'X-Switchyard-Max-Tokens': {
    description: 'What the answer was bound to, where that is less than was asked for',
    schema: { type: 'integer' },
  },
}

const ANSWER = {
  type: 'object',
  required: ['id', 'object', 'created', 'model', 'choices', 'system_fingerprint'],
  properties: {
    id: { type: 'string' },
    object: { const: 'chat.completion' },
    created: { type: 'integer' },
    model: { type: 'string' },
    choices: { type: 'array', items: { type: 'object' } },
    system_fingerprint: { type: ['string', 'null'] },
    usage: { type: 'object' },
  },
}
