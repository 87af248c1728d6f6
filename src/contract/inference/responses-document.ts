import type { z } from 'zod'
import type { ErrorCode } from '../common/errors.ts'
import { HEADERS, REFUSALS } from './chat-document.ts'
import { ResponsesRequest } from './responses.ts'

type Json = Record<string, unknown>

export const RESPONSES = '/api/v1/responses'

/** The path object of responses. */
export function responsesDocument(parts: {
  schemaOf: (schema: z.ZodType, side: 'input' | 'output') => Json
  refusalsOf: (codes: readonly ErrorCode[]) => Json
}): Json {
  return {
    post: {
      operationId: 'createResponses',
      summary: 'Have a model respond to items of input; nothing is stored',
      tags: ['Inference'],
      security: [{ apiKey: [] }],
      'x-permission': 'inference',
      parameters: HEADERS,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: parts.schemaOf(ResponsesRequest, 'input') } },
      },
      responses: { '200': ANSWER, ...parts.refusalsOf(REFUSALS) },
    },
  }
}

const REQUIRED = [
  'id',
  'object',
  'created_at',
  'completed_at',
  'model',
  'status',
  'output',
  'error',
  'incomplete_details',
  'instructions',
  'metadata',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'tool_choice',
  'tools',
]

const ANSWER = {
  description:
    'The response; with `stream: true` as numbered events, of which the last is `response.completed`, `response.incomplete` or `response.failed` and nothing after it',
  headers: {
    'X-Generation-Id': { description: 'Of the generation on record, as `id`', schema: { type: 'string' } },
    'Idempotent-Replayed': { description: 'Set where an answer is given again', schema: { const: 'true' } },
    'X-Switchyard-Max-Tokens': {
      description: 'What the answer was bound to, where that is less than was asked for',
      schema: { type: 'integer' },
    },
  },
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: REQUIRED,
        properties: {
          id: { type: 'string' },
          object: { const: 'response' },
          created_at: { type: 'integer' },
          completed_at: { type: ['integer', 'null'] },
          model: { type: 'string' },
          status: { type: 'string', enum: ['completed', 'incomplete', 'failed', 'in_progress'] },
          output: { type: 'array', items: { type: 'object' } },
          output_text: { type: 'string' },
          error: { type: ['object', 'null'] },
          incomplete_details: { type: ['object', 'null'] },
          usage: { type: 'object' },
        },
      },
    },
    'text/event-stream': { schema: { type: 'string' } },
  },
}
