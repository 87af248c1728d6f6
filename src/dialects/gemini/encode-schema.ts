import { AppError } from '../../domain/app-error.ts'
import { asObject, asText } from '../json-fields.ts'

/*
 * JSON Schema in the part of it that Gemini knows: references are written out, alternatives become `anyOf`, constants lists of
 * one, and what it has no words for is left away, which only makes a schema allow more.
 */

type Fields = Record<string, unknown>

const NODES_MAX = 10_000
const DEPTH_MAX = 32
const KEPT = [
  'title',
  'description',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'pattern',
  'default',
] as const
const FORMATS = new Set(['date-time', 'enum', 'float', 'double', 'int32', 'int64'])
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object'])

/** `path` names the schema in a refusal: one that refers to itself so often that it has no end. */
export function encodeSchema(schema: Fields, path: string): Fields {
  return new SchemaWriter(schema, path).write(schema, 0)
}

class SchemaWriter {
  readonly #root: Fields
  readonly #path: string
  #nodes = 0

  constructor(root: Fields, path: string) {
    this.#root = root
    this.#path = path
  }

  write(given: unknown, depth: number): Fields {
    this.#nodes += 1
    if (this.#nodes > NODES_MAX) throw new AppError('invalid_request', `${this.#path}: the schema is too large`)
    const schema = this.#resolve(given)
    // One that goes on for ever is any object from here on.
    if (schema === undefined || depth > DEPTH_MAX) return { type: 'OBJECT' }
    const { types, isNullable } = readTypes(schema['type'])
    const written: Fields = {}
    for (const name of KEPT) if (schema[name] !== undefined) written[name] = schema[name]
    if (isNullable || schema['nullable'] === true) written['nullable'] = true
    const alternatives = this.#alternatives(schema, types, depth)
    if (alternatives !== undefined) return { ...written, ...alternatives }
    const [type = guessType(schema)] = types
    if (type !== undefined) written['type'] = type.toUpperCase()
    this.#writeValues(schema, type, written)
    this.#writeInner(schema, { type, depth }, written)
    return written
  }

  #resolve(given: unknown): Fields | undefined {
    let schema = asObject(given)
    for (let steps = 0; steps < 16 && schema !== undefined; steps += 1) {
      const reference = asText(schema['$ref'])
      if (reference === null) return this.#merged(schema)
      const { $ref: _, ...beside } = schema
      const target = this.#find(reference)
      schema = target === undefined ? undefined : { ...target, ...beside }
    }
    return undefined
  }

  #find(reference: string): Fields | undefined {
    if (!reference.startsWith('#')) return undefined
    const steps = reference
      .slice(1)
      .split('/')
      .filter((step) => step !== '')
    const found = steps.reduce<unknown>((at, step) => {
      const name = decode(step).replaceAll('~1', '/').replaceAll('~0', '~')
      return asObject(at)?.[name]
    }, this.#root)
    return asObject(found)
  }

  /** All that must hold at once, as one. */
  #merged(schema: Fields): Fields {
    const all = schema['allOf']
    if (!Array.isArray(all)) return schema
    const { allOf: _, ...merged } = schema
    for (const part of all.slice(0, 100)) {
      const other = asObject(part)
      const reference = asText(other?.['$ref'])
      const resolved = (reference === null ? other : this.#find(reference)) ?? {}
      const inner = mergedInner(merged, resolved)
      for (const [name, value] of Object.entries(resolved)) merged[name] ??= value
      Object.assign(merged, inner)
    }
    return merged
  }

  #alternatives(schema: Fields, types: readonly string[], depth: number): Fields | undefined {
    const given = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(given)) {
      const real = given.filter((one) => asObject(one)?.['type'] !== 'null')
      const written = real.map((one) => this.write(one, depth + 1))
      const nullable = real.length < given.length ? { nullable: true } : {}
      return written.length === 1 ? { ...written[0], ...nullable } : { anyOf: written, ...nullable }
    }
    if (types.length < 2) return undefined
    return { anyOf: types.map((type) => this.write({ ...schema, type }, depth + 1)) }
  }

  /** Gemini lists texts alone. */
  #writeValues(schema: Fields, type: string | undefined, written: Fields): void {
    const values = schema['const'] === undefined ? schema['enum'] : [schema['const']]
    if (Array.isArray(values) && (type ?? 'string') === 'string') {
      written['type'] = 'STRING'
      written['enum'] = values.filter((value) => value !== null).map(textOf)
      if (values.includes(null)) written['nullable'] = true
    }
    const format = asText(schema['format'])
    if (format !== null && FORMATS.has(format)) written['format'] = format
  }

  #writeInner(schema: Fields, { type, depth }: { type: string | undefined; depth: number }, written: Fields): void {
    if (type === 'array') written['items'] = this.write(schema['items'] ?? { type: 'string' }, depth + 1)
    const properties = asObject(schema['properties'])
    if (type !== 'object' || properties === undefined) return
    const names = Object.keys(properties)
    if (names.length === 0) return
    written['properties'] = Object.fromEntries(names.map((name) => [name, this.write(properties[name], depth + 1)]))
    const required = schema['required']
    if (!Array.isArray(required)) return
    const known = required.filter((name) => typeof name === 'string' && Object.hasOwn(properties, name))
    if (known.length > 0) written['required'] = known
  }
}

/** What isn't validly encoded names nothing but itself. */
function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

function textOf(value: unknown): string {
  return asText(value) ?? JSON.stringify(value)
}

function readTypes(type: unknown): { types: string[]; isNullable: boolean } {
  const list = Array.isArray(type) ? type : [type]
  const types = list.filter((one): one is string => typeof one === 'string' && TYPES.has(one))
  return { types, isNullable: Array.isArray(type) && type.includes('null') }
}

function guessType(schema: Fields): string | undefined {
  if (schema['properties'] !== undefined) return 'object'
  return schema['items'] === undefined ? undefined : 'array'
}

function mergedInner(first: Fields, second: Fields): Fields {
  const inner: Fields = {}
  const [a, b] = [asObject(first['properties']), asObject(second['properties'])]
  if (a !== undefined || b !== undefined) inner['properties'] = { ...b, ...a }
  const required = [first['required'], second['required']].filter(Array.isArray).flat()
  if (required.length > 0) inner['required'] = [...new Set(required)]
  return inner
}
