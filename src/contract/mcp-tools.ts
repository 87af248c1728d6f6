import { z } from 'zod'
import { jsonSchemaOf } from './openapi.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS, type OperationName } from './operations.ts'

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

/** One tool an operation (set-up excepted: it has no key to ask with), derived from the same declaration as the route. */
export function mcpTools(): McpTool[] {
  return (Object.keys(OPERATIONS) as OperationName[]).filter((name) => name !== 'completeSetUp').map(toTool)
}

function toTool(name: OperationName): McpTool {
  const operation: Operation = OPERATIONS[name]
  const toolName = PREFIX + (operation.mcpName ?? snakeCase(operation.id))
  if (toolName.length > NAME_LENGTH_MAX) throw new Error(`tool name too long: ${toolName}`)
  const schema = jsonSchemaOf(operation.input, 'input') as { properties?: object }
  const attribution = Object.fromEntries(
    Object.entries(ATTRIBUTION_ARGUMENTS).map(([key, description]) => [
      key,
      { ...jsonSchemaOf(z.string().nullish(), 'input'), description },
    ]),
  )
  return {
    name: toolName,
    operation: name,
    description: operation.summary,
    inputSchema: { ...schema, properties: { ...schema.properties, ...attribution } },
    annotations: { readOnlyHint: operation.effect === 'read', destructiveHint: operation.effect === 'destructive' },
  }
}

function snakeCase(id: string): string {
  return id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
