import { z } from 'zod'
import { ERROR_CATALOG, type ErrorCode } from './common/errors.ts'
import { CHAT_COMPLETIONS, chatDocument } from './inference/chat-document.ts'
import { listDocuments } from './inference/list-documents.ts'
import { MESSAGES, messagesDocument } from './inference/messages-document.ts'
import { RESPONSES, responsesDocument } from './inference/responses-document.ts'
import { type Operation, pathKeys } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { refusalsOf } from './refusals.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of all operations, and of inference; derived, never edited. */
export function openApiDocument(): Json {
  const parts = { schemaOf: jsonSchemaOf, refusalsOf: refusalResponses }
  const paths: Record<string, Json> = {
    [CHAT_COMPLETIONS]: chatDocument(parts),
    [MESSAGES]: messagesDocument(parts),
    [RESPONSES]: responsesDocument(parts),
    ...listDocuments(parts),
  }
  for (const operation of Object.values(OPERATIONS) as Operation[]) {
    if (operation.protocol !== undefined) continue
    const path = operation.path
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchyard',
      version: '1',
      description:
        'Self-hosted LLM gateway, wire-compatible with OpenRouter. Management keys administer; inference keys call models.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of this installation' },
        bareKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, for inference alone' },
      },
      schemas: { Error: ERROR_SCHEMA },
      responses: Object.fromEntries(COMMON_REFUSALS.map((code) => [code, refusal([code])])),
    },
  }
}

/** A schema as JSON Schema, the side that callers send or the side that they get. */
export function jsonSchemaOf(schema: z.ZodType, side: 'input' | 'output'): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: side, unrepresentable: 'any' }) as Json
  return json
}

/** Those that most operations have, written once. */
const COMMON_REFUSALS: readonly ErrorCode[] = [
  'invalid_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'payload_too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'unavailable',
]
const WITH_RETRY_AFTER: readonly ErrorCode[] = ['rate_limited', 'unavailable']
const RETRY_AFTER = { description: 'Seconds after which trying again may help', schema: { type: 'integer' } }

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'integer', description: 'The HTTP status' },
        message: { type: 'string' },
        metadata: { type: 'object', properties: { error_type: { type: 'string' } } },
      },
    },
  },
}

function operationObject(operation: Operation): Json {
  const input = jsonSchemaOf(operation.input, 'input') as { properties?: Record<string, Json>; required?: string[] }
  const inPath = new Set(pathKeys(operation.path))
  const properties = Object.entries(input.properties ?? {})
  const required = new Set(input.required ?? [])
  const takesQuery = operation.method === 'GET' || operation.method === 'DELETE'
  const parameters = properties
    .filter(([name]) => inPath.has(name) || takesQuery)
    .map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? 'path' : 'query',
      required: inPath.has(name) || required.has(name),
      schema,
    }))
  const body = properties.filter(([name]) => !inPath.has(name))
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    security: operation.permission === 'public' ? [] : [{ apiKey: [] }],
    'x-permission': operation.permission,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(takesQuery || body.length === 0 ? {} : { requestBody: requestBody(body, required) }),
    responses: responses(operation),
  }
}

function requestBody(body: [string, Json][], required: ReadonlySet<string>): Json {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(body),
    required: body.map(([name]) => name).filter((name) => required.has(name)),
    additionalProperties: false,
  }
  return { required: true, content: { 'application/json': { schema } } }
}

function responses(operation: Operation): Json {
  const success = {
    description: 'Success',
    content: { 'application/json': { schema: jsonSchemaOf(operation.output, 'output') } },
  }
  return { [String(operation.status ?? 200)]: success, ...refusalResponses(refusalsOf(operation)) }
}

/** By status. */
function refusalResponses(all: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(all, (code) => ERROR_CATALOG[code].status)
  const refusals = [...byStatus].map(([status, codes]) => {
    const [code] = codes
    const isCommon = codes.length === 1 && code !== undefined && COMMON_REFUSALS.includes(code)
    return [String(status), isCommon ? { $ref: `#/components/responses/${code}` } : refusal(codes)]
  })
  return Object.fromEntries(refusals)
}

function refusal(codes: readonly ErrorCode[]): Json {
  return {
    description: codes.join(', '),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    ...(codes.some((code) => WITH_RETRY_AFTER.includes(code)) ? { headers: { 'Retry-After': RETRY_AFTER } } : {}),
  }
}
