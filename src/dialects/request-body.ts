import type { z } from 'zod'
import { AppError } from '../domain/app-error.ts'
import { jsonComplexityProblem } from '../domain/json-shape.ts'

/** The value that a body is the JSON of. Throws `invalid_request` where it isn't JSON or has more in it than is read. */
export function readJsonBody(bytes: Buffer): unknown {
  const problem = jsonComplexityProblem(bytes)
  if (problem !== undefined) throw new AppError('invalid_request', `Request body ${problem}`)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new AppError('invalid_request', 'Request body is not valid JSON')
  }
}

/** The value as the schema wants it. Throws `invalid_request` naming the first bad field; `path` is where the value stands. */
export function requireShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: readonly (string | number)[] = [],
): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = [...path, ...(issue?.path ?? [])].map(String).join('.')
  const message = issue?.message ?? 'Invalid request parameters'
  throw new AppError('invalid_request', field === '' ? message : `${field}: ${message}`)
}
