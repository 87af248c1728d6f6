import type { z } from 'zod'
import { AppError } from '../domain/app-error.ts'
import { jsonComplexityProblem } from '../domain/json-shape.ts'

/** From this size on the elements of a list are checked one by one first. */
const PRECHECKED_BYTES = 65_536

/** The JSON of a body of bounded depth and width. Throws `invalid_request` for anything else. */
export function readJson(bytes: Buffer, text: string): unknown {
  const problem = jsonComplexityProblem(bytes)
  if (problem !== undefined) throw new AppError('invalid_request', `Request body ${problem}`)
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('invalid_request', 'Request body is not valid JSON')
  }
}

/** Throws `invalid_request` naming the first bad field. */
export function checkFields<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw refusalOf(parsed.error.issues[0])
  return parsed.data
}

/** The same for each element of a list within a large body: the checker keeps an issue for each bad one, which could be so many
 *  that they take seconds and the memory. */
export function checkElements(
  schema: z.ZodType,
  list: unknown,
  { name, bytes }: { name: string; bytes: number },
): void {
  if (bytes <= PRECHECKED_BYTES || !Array.isArray(list)) return
  for (const [index, element] of list.entries()) {
    const issue = schema.safeParse(element).error?.issues[0]
    if (issue) throw refusalOf({ ...issue, path: [name, index, ...issue.path] })
  }
}

function refusalOf(issue: { path: PropertyKey[]; message: string } | undefined): AppError {
  const path = issue?.path.map(String).join('.') ?? ''
  const message = issue?.message ?? 'Invalid request parameters'
  return new AppError('invalid_request', path === '' ? message : `${path}: ${message}`)
}
