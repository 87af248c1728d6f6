import type { ChatPayload } from './chat-request.ts'
import { asObject, asText } from './json-fields.ts'

/** The fields of a request that the gateway passes on unread, for formats that have other names for them. */
export function readChatFields({ passedOn }: ChatPayload): Record<string, unknown> {
  return asObject(JSON.parse(passedOn.toString('utf8'))) ?? {}
}

/** A function that a model may call. */
export interface ChatTool {
  name: string
  description: string | null
  parameters: Record<string, unknown> | null
  isStrict: boolean
  cacheControl: unknown
}

/** Those among `tools` that are functions; others are between the caller and the gateway. */
export function readTools(value: unknown): ChatTool[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry) => {
    const tool = asObject(entry)
    const described = asObject(tool?.['function'])
    const name = asText(described?.['name'])
    if (tool === undefined || described === undefined || name === null) return []
    return {
      name,
      description: asText(described['description']),
      parameters: asObject(described['parameters']) ?? null,
      isStrict: described['strict'] === true,
      cacheControl: tool['cache_control'],
    }
  })
}

/** `auto`, `none`, `required`, or the one function that must be called; null where nothing is said. */
export type ToolChoice = { mode: 'auto' | 'none' | 'required' } | { mode: 'named'; name: string }

export function readToolChoice(value: unknown): ToolChoice | null {
  if (value === 'auto' || value === 'none' || value === 'required') return { mode: value }
  const name = asText(asObject(asObject(value)?.['function'])?.['name'])
  return name === null ? null : { mode: 'named', name }
}

/** The schema that an answer must fit; `schema` is null where any JSON does. Null where text is wanted. */
export function readJsonFormat(
  value: unknown,
): { name: string; description: string | null; schema: Record<string, unknown> | null } | null {
  const format = asObject(value)
  if (format?.['type'] === 'json_object') return { name: 'answer', description: null, schema: null }
  const described = format?.['type'] === 'json_schema' ? asObject(format['json_schema']) : undefined
  if (described === undefined) return null
  return {
    name: asText(described['name']) ?? 'answer',
    description: asText(described['description']),
    schema: asObject(described['schema']) ?? null,
  }
}

/** One or several texts at which an answer stops. */
export function readStops(value: unknown): string[] {
  const list = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  return list.filter((text): text is string => typeof text === 'string' && text !== '')
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Without what is undefined. */
export function definedOnly(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
