import { jsonSchemaOf } from '../contract/openapi.ts'
import type { Operation } from '../contract/operation.ts'

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/

interface PropertySchema {
  type?: string | string[]
  anyOf?: PropertySchema[]
}

/** A query string as an object. A parameter that is repeated becomes a list, which no schema of ours takes. */
export function parseQuery(text: string): Record<string, string | string[]> {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = values.get(name)
    values.set(name, earlier === undefined ? value : [earlier, value].flat())
  }
  return Object.fromEntries(values)
}

/** Turns the texts of a query into numbers where the operation's input wants numbers. What isn't a number stays text, so
 *  that the schema refuses it by name. */
export function queryReader(operation: Operation): (query: Record<string, unknown>) => Record<string, unknown> {
  let numeric: ReadonlySet<string> | undefined
  return (query) => {
    // For the first query only, because it takes about a millisecond an operation.
    numeric ??= numbersOf(operation)
    const names = numeric
    return Object.fromEntries(
      Object.entries(query).map(([name, value]) => {
        const isNumber = names.has(name) && typeof value === 'string' && NUMBER.test(value)
        return [name, isNumber ? Number(value) : value]
      }),
    )
  }
}

function numbersOf({ input }: Operation): Set<string> {
  const { properties = {} } = jsonSchemaOf(input, 'input') as { properties?: Record<string, PropertySchema> }
  return new Set(Object.keys(properties).filter((name) => wantsNumber(properties[name])))
}

function wantsNumber(schema: PropertySchema | undefined): boolean {
  if (schema === undefined) return false
  const types = [schema.type ?? []].flat()
  return types.includes('integer') || types.includes('number') || (schema.anyOf ?? []).some(wantsNumber)
}
