import { matchesSchema } from './json-schema.ts'

/** Of all definitions of tools of a request: longer ones aren't looked at. */
const TOOLS_LENGTH_MAX = 262_144

/**
 * Whether all tool calls of an answer are calls of tools that the request has, with arguments that are JSON and as the tool
 * wants them. A tool without a schema takes everything. Null where it can't be said.
 * Source: OpenRouter docs, exacto.
 */
export function areToolCallsValid(calls: readonly unknown[], tools: unknown): boolean | null {
  if (!Array.isArray(tools) || calls.length === 0) return null
  const schemas = new Map<unknown, unknown>()
  for (const tool of tools) {
    const definition = fieldsOf(fieldsOf(tool)?.['function'])
    if (definition !== undefined) schemas.set(definition['name'], definition['parameters'])
  }
  return calls.every((call) => isValidCall(fieldsOf(fieldsOf(call)?.['function']), schemas))
}

/** The tools of a request from its text as JSON; undefined where there are none, or too many to look at. */
export function toolsOf(requestJson: string | Buffer): unknown {
  if (requestJson.length > TOOLS_LENGTH_MAX) return undefined
  return fieldsOf(JSON.parse(requestJson.toString()))?.['tools']
}

function isValidCall(call: Record<string, unknown> | undefined, schemas: ReadonlyMap<unknown, unknown>): boolean {
  if (call === undefined || !schemas.has(call['name'])) return false
  const text = call['arguments']
  if (typeof text !== 'string') return false
  try {
    // Tools without parameters are often called with nothing.
    const given: unknown = text.trim() === '' ? {} : JSON.parse(text)
    const schema = schemas.get(call['name'])
    return schema === undefined || matchesSchema(schema, given)
  } catch {
    return false
  }
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
