/** Reads of objects of which nothing is certain. */

/** Undefined where there is no such field, or no object. */
export function fieldAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

export function textAt(value: unknown, name: string): string | undefined {
  const found = fieldAt(value, name)
  return typeof found === 'string' ? found : undefined
}
