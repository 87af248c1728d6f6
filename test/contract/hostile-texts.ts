import { jsonSchemaOf } from '../../src/contract/openapi.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { JsonSchema } from './sample-input.ts'

/** Texts that would be something else in a statement, a template or a shell. */
export const INJECTIONS = [
  `'; DROP TABLE workspace; --`,
  `" OR ""="`,
  `' OR '1'='1`,
  `x' UNION SELECT hash FROM api_key --`,
  `\\'; SELECT pg_sleep(10); --`,
  `$1); DELETE FROM api_key; --`,
  `%27%20OR%201=1`,
  `{"$gt": ""}`,
  `\u2019 OR 1=1`,
  `/*!50000 OR*/ 1=1`,
]

export function schemaOf(operation: Operation): JsonSchema {
  return jsonSchemaOf(operation.input, 'input') as JsonSchema
}

/** The paths of all texts in an input, those of optional fields included. */
export function textPaths(schema: JsonSchema, path: readonly string[] = []): string[][] {
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.flatMap((option) => textPaths(option, path))
  const types = [schema.type ?? []].flat()
  if (types.includes('string') && schema.enum === undefined) return [[...path]]
  if (types.includes('object'))
    return Object.entries(schema.properties ?? {}).flatMap(([key, item]) => textPaths(item, [...path, key]))
  if (types.includes('array') && schema.items) return textPaths(schema.items, [...path, '0'])
  return []
}

/** `input` with one value at a path, making what is missing on the way. */
export function withValue(input: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  if (key === '0') return [withValue(Array.isArray(input) ? input[0] : undefined, rest, value)]
  const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
  return { ...fields, [key]: withValue(fields[key], rest, value) }
}
