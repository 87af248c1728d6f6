import { ERROR_CATALOG } from '../common/errors.ts'
import { type DocumentParts, inferenceDocument, REFUSALS } from './chat-document.ts'
import { MessagesRequest } from './messages.ts'

type Json = Record<string, unknown>

export const MESSAGES = '/api/v1/messages'

/** The path object of inference in Anthropic's Messages format, which has errors of its own. */
export function messagesDocument(parts: DocumentParts): Json {
  const { post } = inferenceDocument(parts, {
    operationId: 'createMessages',
    summary: "Have a model answer a conversation in the format of Anthropic's Messages API",
    request: MessagesRequest,
    description: 'The answer; with `stream: true` as events, the last one `message_stop` or `error`',
    answer: ANSWER,
    isStreamed: true,
  }) as { post: { parameters: Json[]; responses: Json } }
  const byStatus = Map.groupBy(REFUSALS, (code) => ERROR_CATALOG[code].status)
  const refusals = [...byStatus].map(([status, codes]) => [
    String(status),
    { description: codes.join(', '), content: { 'application/json': { schema: ERROR } } },
  ])
  return {
    post: {
      ...post,
      security: [{ apiKey: [] }, { bareKey: [] }],
      parameters: [...post.parameters, BETA],
      responses: { ...post.responses, ...Object.fromEntries(refusals) },
    },
  }
}

const BETA = {
  name: 'X-Anthropic-Beta',
  in: 'header',
  required: false,
  description: 'Features on trial, by their names, for providers of this format; `Anthropic-Beta` means the same',
  schema: { type: 'string', maxLength: 2_000 },
}

const ERROR = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: { type: { type: 'string' }, message: { type: 'string' }, error_type: { type: 'string' } },
    },
    request_id: { type: ['string', 'null'], description: 'Of the generation, where there is one' },
    metadata: { type: 'object' },
  },
}

const ANSWER = {
  type: 'object',
  required: ['id', 'type', 'role', 'content', 'model', 'stop_reason', 'stop_sequence', 'usage'],
  properties: {
    id: { type: 'string' },
    type: { const: 'message' },
    role: { const: 'assistant' },
    content: { type: 'array', items: { type: 'object' } },
    model: { type: 'string' },
    provider: { type: 'string' },
    stop_reason: { type: ['string', 'null'] },
    stop_sequence: { type: ['string', 'null'] },
    usage: {
      type: 'object',
      properties: {
        input_tokens: { type: 'integer' },
        output_tokens: { type: 'integer' },
        cost: { type: 'number', description: 'In US dollars' },
      },
    },
  },
}
