import type { z } from 'zod'
import { type Operation, pathKeys } from '../contract/operation.ts'
import { AppError } from '../domain/app-error.ts'

const ISSUES_MAX = 10

/** The input as its schema gives it, and a warning for each field that official clients know and that means nothing here.
 *  Throws `invalid_request` naming every field that is wrong. */
export function parseInput(operation: Operation, input: unknown): { parsed: unknown; warnings: string[] } {
  const ignored = operation.ignoredFields ?? []
  const fields = { ...(input as Record<string, unknown>) }
  const warnings: string[] = []
  for (const name of ignored) {
    if (!(name in fields)) continue
    delete fields[name]
    warnings.push(`${name} means nothing here and was ignored`)
  }
  const result = operation.input.safeParse(fields)
  if (!result.success) throw new AppError('invalid_request', toMessage(result.error))
  // What stands in the path has become a name that can be looked up.
  for (const name of pathKeys(operation.path)) delete fields[name]
  const unstorable = findUnstorable(fields)
  if (unstorable !== undefined) throw new AppError('invalid_request', unstorable)
  return { parsed: result.data, warnings }
}

/** What a schema makes of some fields. Throws `invalid_request` naming every field that is wrong. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const result = schema.safeParse(fields)
  if (!result.success) throw new AppError('invalid_request', toMessage(result.error))
  const unstorable = findUnstorable(fields)
  if (unstorable !== undefined) throw new AppError('invalid_request', unstorable)
  return result.data
}

/** What a text or a name contains that the database can't store: NUL, and in JSON half of a pair of surrogates. The input has
 *  passed its schema, so its depth is bounded. */
function findUnstorable(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return `${path.join('.')}: must not contain the character U+0000`
    return value.isWellFormed() ? undefined : `${path.join('.')}: must not contain half of a surrogate pair`
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const inside = [...path, key]
    const found = findUnstorable(key, inside) ?? findUnstorable(item, inside)
    if (found !== undefined) return found
  }
  return undefined
}

/** All that is wrong, each with the path to it, so that a caller can mend everything at once. */
function toMessage(error: z.ZodError): string {
  const issues = error.issues.slice(0, ISSUES_MAX).map(({ path, message }) => {
    const where = path.map(String).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  return issues.join('; ') || 'Invalid request parameters'
}
