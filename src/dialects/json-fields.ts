/** Reads of what others have sent, of which nothing is certain. */

/** Above what any model takes or gives, and a count. */
const TOKENS_MAX = 1_000_000_000
const RAW_USAGE_LENGTH_MAX = 16_384
const RAW_USAGE_DEPTH_MAX = 8

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** What a table has under a name that somebody else chose, and nothing that every object has, as `constructor`. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, name: unknown): Value | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined
}

/** The objects in a list; none where it isn't one. */
export function asObjects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asObject).filter((entry) => entry !== undefined) : []
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A number of tokens: whole, from 0 to a billion. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX ? value : undefined
}

/** The object that a text is the JSON of, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** What the provider said about usage, for the record; null unless it is an object of a size and depth that usage has. */
export function keepRawUsage(value: unknown): Record<string, unknown> | null {
  const usage = asObject(value)
  if (usage === undefined || !isNestedAtMost(usage, RAW_USAGE_DEPTH_MAX)) return null
  return JSON.stringify(usage).length <= RAW_USAGE_LENGTH_MAX ? usage : null
}

/** Whether no list or object is deeper in it than so many levels. */
export function isNestedAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isNestedAtMost(inner, levels - 1))
}
