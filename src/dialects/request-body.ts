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

/** The refusal that names the field of the first issue. */
export function refusalOf(issue: { path: PropertyKey[]; message: string } | undefined): AppError {
  const path = issue?.path.map(String).join('.') ?? ''
  const message = issue?.message ?? 'Invalid request parameters'
  return new AppError('invalid_request', path === '' ? message : `${path}: ${message}`)
}
