import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { AppError } from '../domain/app-error.ts'
import { applyPreset, type BodyKind, namesPreset, type PresetBook } from '../domain/apply-preset.ts'
import { jsonComplexityProblem } from '../domain/json-shape.ts'

/** The body of a request, with the settings of its preset if it names one. */
export interface RequestBody {
  value: unknown
  /** The JSON of it: as it came, where there is no preset. */
  bytes: Buffer
  /** Of what became of it by a preset; null without one. */
  presetHash: string | null
}

/** Throws as `readJsonBody`, and `not_found` for a preset that isn't among those of the workspace. */
export function readRequestBody(bytes: Buffer, presets: PresetBook | null, kind: BodyKind): RequestBody {
  const value = readJsonBody(bytes)
  if (!isObject(value) || !namesPreset(value)) return { value, bytes, presetHash: null }
  const body = applyPreset(value, presets, kind)
  const merged = Buffer.from(JSON.stringify(body))
  return { value: body, bytes: merged, presetHash: createHash('sha256').update(merged).digest('base64url') }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value that a body is the JSON of. Throws `invalid_request` where it isn't JSON or has more in it than is read. */
function readJsonBody(bytes: Buffer): unknown {
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
