import { z } from 'zod'
import { ARGUMENT_MEANINGS } from './argument-meanings.ts'
import { jsonSchemaOf } from './openapi.ts'
import { API_OPERATIONS, type OperationName, operationOf } from './operations.ts'

const PREFIX = 'openrouter_admin_'
const NAME_LENGTH_MAX = 64

/** The arguments every tool takes beside its own: they say which app is asking and reach no operation. */
export const ATTRIBUTION_ARGUMENTS = {
  'HTTP-Referer': 'URL of the app that asks; its identity in usage figures',
  'X-OpenRouter-Title': 'Name of the app that asks',
  'X-OpenRouter-Categories': 'Comma-separated categories of the app that asks',
} as const

export interface McpTool {
  name: string
  operation: OperationName
  description: string
  inputSchema: Record<string, unknown>
  annotations: { readOnlyHint: boolean; destructiveHint: boolean }
}

/** One tool an operation, derived from the same declaration as the route. */
export function mcpTools(): McpTool[] {
  return API_OPERATIONS.map(toTool)
}

function toTool(name: OperationName): McpTool {
  const operation = operationOf(name)
  const toolName = PREFIX + (operation.mcpName ?? snakeCase(operation.id))
  if (toolName.length > NAME_LENGTH_MAX) throw new Error(`tool name too long: ${toolName}`)
  const schema = jsonSchemaOf(operation.input, 'input') as { properties?: Record<string, JsonSchema> }
  const own = Object.entries(schema.properties ?? {}).map(([key, property]) => [
    key,
    toArgument(operation.id, key, property),
  ])
  return {
    name: toolName,
    operation: name,
    description: operation.summary,
    inputSchema: withAttribution({ ...schema, properties: Object.fromEntries(own) }),
    annotations: { readOnlyHint: operation.effect === 'read', destructiveHint: operation.effect === 'destructive' },
  }
}

/** The schema of a tool's arguments, with those that every tool takes. */
export function withAttribution(schema: Record<string, unknown>): Record<string, unknown> {
  const text = jsonSchemaOf(z.string().nullish(), 'input')
  const attribution = Object.entries(ATTRIBUTION_ARGUMENTS).map(([key, description]) => [key, { ...text, description }])
  return { ...schema, properties: { ...(schema['properties'] ?? {}), ...Object.fromEntries(attribution) } }
}

interface JsonSchema {
  type?: string
  enum?: unknown[]
  anyOf?: JsonSchema[]
  description?: string
}

/** An argument as tools take it: described, and a boolean where a query string would spell it as a word. */
function toArgument(operationId: string, name: string, property: JsonSchema): JsonSchema {
  const description = property.description ?? ARGUMENT_MEANINGS[`${operationId}.${name}`] ?? ARGUMENT_MEANINGS[name]
  return { ...withoutWords(property), ...(description === undefined ? {} : { description }) }
}

function withoutWords(property: JsonSchema): JsonSchema {
  const { anyOf } = property
  if (anyOf === undefined) return property
  const [first, second, ...others] = anyOf
  if (others.length === 0 && first?.type === 'boolean' && second?.enum?.join() === 'true,false') return first
  return { ...property, anyOf: anyOf.map(withoutWords) }
}

/** A run of capitals is one word: listBYOKKeys is list_byok_keys. */
function snakeCase(id: string): string {
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
