import { commandNames } from '../../src/cli/command-names.ts'
import { ERROR_CATALOG } from '../../src/contract/common/errors.ts'
import { mcpTools } from '../../src/contract/mcp-tools.ts'
import { openApiDocument } from '../../src/contract/openapi.ts'
import { API_OPERATIONS, OPERATIONS, operationOf } from '../../src/contract/operations.ts'
import { exampleOf } from './example.ts'
import { meaningOf } from './field-meanings.ts'
import { samplesOf } from './samples.ts'
import { boundsText, type Field, fieldsOf, type Schema, typeText } from './schema-text.ts'
import { type TryRequest, tryForm } from './try-form.ts'

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
}

interface Answer {
  description?: string
  $ref?: string
  content?: Readonly<Record<string, { schema: Schema }>>
}

interface Described {
  operationId: string
  summary: string
  tags: readonly string[]
  security: readonly unknown[]
  'x-permission': string
  parameters?: readonly Parameter[]
  requestBody?: { content: Readonly<Record<string, { schema: Schema }>> }
  responses: Readonly<Record<string, Answer>>
}

export interface ApiPage {
  /** Such as `create-keys`; its address is `/docs/api/create-keys`. */
  slug: string
  tag: string
  method: string
  path: string
  title: string
  markdown: string
  /** As HTML, for whoever has a browser: the form that sends the request. */
  form: string
}

/** Bodies of inference that say something; of others the schema tells. */
const BODIES: Readonly<Record<string, unknown>> = {
  sendChatCompletionRequest: { model: 'sim/lorem', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 32 },
  createMessages: { model: 'sim/lorem', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 32 },
  createResponses: { model: 'sim/lorem', input: 'Hello', max_output_tokens: 32 },
  sendCompletionRequest: { model: 'sim/lorem', prompt: 'Hello', max_tokens: 32 },
  createEmbeddings: { model: 'openai/text-embedding-3-small', input: 'Hello' },
  createRerank: { model: 'cohere/rerank-v3.5', query: 'capital of France', documents: ['Paris', 'Berlin'] },
}

/** One page for each operation of the contract, in its order. */
export function apiPages(): ApiPage[] {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, Described>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toPage(method.toUpperCase(), path, operation)),
  )
}

export function apiSlug(operationId: string): string {
  return operationId
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
}

function toPage(method: string, path: string, operation: Described): ApiPage {
  const blocks = [
    `# ${operation.summary}`,
    `\`${method} ${path}\``,
    authentication(operation),
    ...parametersText(operation),
    ...bodyText(operation),
    ...answerText(operation),
    errorsText(operation),
    elsewhere(operation),
    ...samplesText(method, path, operation),
  ]
  const [tag = ''] = operation.tags
  return {
    slug: apiSlug(operation.operationId),
    tag,
    method,
    path,
    title: operation.summary,
    markdown: `${blocks.join('\n\n')}\n`,
    form: tryForm(requestOf(method, path, operation)),
  }
}

const EFFECTS = new Map(API_OPERATIONS.map((name) => [operationOf(name).id, operationOf(name).effect]))

/** The request with values in it that it takes. */
function requestOf(method: string, path: string, operation: Described): TryRequest {
  const { operationId, parameters = [], requestBody, security, 'x-permission': permission } = operation
  const schema = requestBody?.content['application/json']?.schema
  return {
    method,
    path,
    fields: parameters.map(({ name, in: place, required, schema }) => ({
      name,
      in: place,
      isRequired: required,
      schema,
      example: exampleOf(schema, 'request', name),
    })),
    body: schema === undefined ? undefined : (BODIES[operationId] ?? exampleOf(schema, 'request')),
    needsKey: security.length > 0,
    keyVariable: permission === 'inference' ? 'INFERENCE_KEY' : 'MANAGEMENT_KEY',
    effect: EFFECTS.get(operationId) ?? 'charged',
  }
}

function authentication({ security, 'x-permission': permission }: Described): string {
  if (security.length === 0) return '## Authentication\nNone: anybody may ask.'
  const header = 'An API key in `Authorization: Bearer <key>`.'
  if (permission === 'any-key') return `## Authentication\n${header} Any living key will do.`
  if (permission === 'inference') {
    return `## Authentication\n${header} Permission: \`inference\`, which management keys never have. \`x-api-key: <key>\` is taken in its place.`
  }
  return `## Authentication\n${header} Permission: \`${permission}\` ([who has it](../roles.md#who-may-do-what)).`
}

function parametersText({ operationId, parameters = [] }: Described): string[] {
  if (parameters.length === 0) return ['## Parameters\nNone in the path, the query or a header of its own.']
  const rows = parameters.map(({ name, in: place, required, description, schema }) =>
    row([
      `\`${name}\``,
      place,
      typeText(schema),
      required ? 'yes' : 'no',
      boundsText(schema),
      description ?? schema.description ?? meaningOf(operationId, name, 'request'),
    ]),
  )
  const head = ['| Name | In | Type | Required | Bounds and default | Meaning |', '|---|---|---|---|---|---|']
  return [`## Parameters\n${[...head, ...rows].join('\n')}`]
}

function bodyText({ operationId, requestBody }: Described): string[] {
  const schema = requestBody?.content['application/json']?.schema
  if (schema === undefined) return []
  const rows = fieldsOf(schema).map((field) => fieldRow(operationId, field, 'request'))
  const head = ['| Field | Type | Required | Bounds and default | Meaning |', '|---|---|---|---|---|']
  return [`## Request body\nJSON.\n\n${[...head, ...rows].join('\n')}`]
}

function fieldRow(operationId: string, { path, name, schema, isRequired }: Field, side: 'request' | 'answer'): string {
  const meaning = schema.description ?? meaningOf(operationId, name, side)
  const presence = side === 'request' ? [isRequired ? 'yes' : 'no'] : []
  return row([`\`${path}\``, typeText(schema), ...presence, boundsText(schema), meaning])
}

function answerText({ operationId, responses }: Described): string[] {
  const [status = '200', answer] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? []
  const types = Object.keys(answer?.content ?? {})
  const schema = answer?.content?.['application/json']?.schema
  const said = `## Answer\nStatus ${status}${types.length > 0 ? `, ${types.map((type) => `\`${type}\``).join(' or ')}` : ''}.`
  if (schema === undefined) return [`${said} The body is no JSON object; see the guide of this part.`]
  const rows = fieldsOf(schema).map((field) => fieldRow(operationId, field, 'answer'))
  const head = ['| Field | Type | Values | Meaning |', '|---|---|---|---|']
  const example = JSON.stringify(exampleOf(schema, 'answer'), null, 2)
  return [
    `${said} An example:`,
    `\`\`\`json\n${example}\n\`\`\``,
    `### Fields of the answer\n${rows.length === 0 ? 'Those of the example.' : [...head, ...rows].join('\n')}`,
  ]
}

function errorsText({ responses }: Described): string {
  const rows = Object.entries(responses)
    .filter(([status]) => !status.startsWith('2'))
    .flatMap(([status, answer]) => {
      const named = answer.$ref?.split('/').at(-1) ?? answer.description ?? ''
      return named.split(/,\s*/).map((code) => row([status, `\`${code}\``, mayRetry(code) ? 'may help' : 'no']))
    })
  const head = ['| Status | Error | Trying again |', '|---|---|---|']
  return `## Errors\n${[...head, ...rows].join('\n')}\n\nWhat is in them, and what to do: [errors and debugging](../errors.md).`
}

function mayRetry(code: string): boolean {
  return code in ERROR_CATALOG && ERROR_CATALOG[code as keyof typeof ERROR_CATALOG].retryable
}

const TOOLS = new Map(mcpTools().map((tool) => [String(tool.operation), tool.name]))
const COMMANDS = commandNames(Object.fromEntries(API_OPERATIONS.map((name) => [name, OPERATIONS[name]])))

function elsewhere({ operationId }: Described): string {
  const tool = TOOLS.get(operationId)
  const command = COMMANDS.get(operationId)
  const lines = [
    tool === undefined
      ? '- MCP tool: none of its own; `send-message` has a model answer.'
      : `- MCP tool: \`${tool}\` ([MCP](../mcp.md))`,
    command === undefined
      ? '- Command line: none.'
      : `- Command line: \`switchyard ${command.group} ${command.command}\` ([command line](../cli.md))`,
    `- OpenAPI: \`GET /openapi.json\`, \`operationId\` \`${operationId}\``,
  ]
  return `## The same elsewhere\n${lines.join('\n')}`
}

function samplesText(method: string, path: string, operation: Described): string[] {
  const { fields, body, needsKey, keyVariable } = requestOf(method, path, operation)
  const values = new Map(fields.map(({ name, example }) => [name, example]))
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(String(values.get(name) ?? name)),
  )
  const query = fields
    .filter(({ in: place, isRequired }) => place === 'query' && isRequired)
    .map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`)
  const samples = samplesOf({
    method,
    path: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
    body,
    needsKey,
    keyVariable,
  })
  return [
    '## Samples',
    ...samples.map(({ title, language, text }) => `### ${title}\n\`\`\`${language}\n${text}\n\`\`\``),
  ]
}

/** A row of a table: what would end a cell is taken away from inside it. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
}
