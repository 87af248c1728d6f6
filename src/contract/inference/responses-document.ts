import { type DocumentParts, inferenceDocument } from './chat-document.ts'
import { ResponsesRequest } from './responses.ts'

type Json = Record<string, unknown>

export const RESPONSES = '/api/v1/responses'

/** The path object of responses. */
export function responsesDocument(parts: DocumentParts): Json {
  return inferenceDocument(parts, {
    operationId: 'createResponses',
    summary: 'Have a model respond to items of input; nothing is stored',
    request: ResponsesRequest,
    description:
      'The response; with `stream: true` as numbered events, of which the last is `response.completed`, `response.incomplete` or `response.failed` and nothing after it',
    answer: ANSWER,
    isStreamed: true,
  })
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
}
