type Value = unknown
type Fields = Readonly<Record<string, unknown>>

/** More than any schema of a tool needs; what isn't looked at by then counts as valid. */
const STEPS_MAX = 20_000
const DEPTH_MAX = 64

/**
 * Whether a value is as a JSON Schema (draft 7) wants it. Patterns and formats are not looked at, nor is what is no schema:
 * that counts as valid. The work is bounded, whatever the schema.
 */
export function matchesSchema(schema: unknown, value: Value): boolean {
  return new SchemaCheck(schema).matches(schema, value, 0)
}

class SchemaCheck {
  readonly #root: unknown
  #steps = 0

  constructor(root: unknown) {
    this.#root = root
  }

  matches(schema: unknown, value: Value, depth: number): boolean {
    this.#steps += 1
    if (typeof schema === 'boolean') return schema
    if (!isFields(schema) || depth > DEPTH_MAX || this.#steps > STEPS_MAX) return true
    const next = (part: unknown, of: Value) => this.matches(part, of, depth + 1)
    if (typeof schema['$ref'] === 'string') return next(this.#resolve(schema['$ref']), value)
    return (
      matchesTypes(schema, value) &&
      matchesBounds(schema, value) &&
      matchesCombinations(schema, value, next) &&
      (!isFields(value) || matchesProperties(schema, value, next)) &&
      (!Array.isArray(value) || matchesItems(schema, value, next))
    )
  }

  /** Within the schema itself; anything else isn't looked at. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) return true
    let found: unknown = this.#root
    for (const part of reference.slice(1).split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      if (!isFields(found) && !Array.isArray(found)) return true
      found = Object.hasOwn(found, name) ? (found as Fields)[name] : true
    }
    return found
  }
}

type Next = (schema: unknown, value: Value) => boolean

function matchesTypes(schema: Fields, value: Value): boolean {
  const { type } = schema
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type]
  if (types.length > 0 && !types.some((one) => isOfType(value, one))) return false
  if (Array.isArray(schema['enum']) && !schema['enum'].some((one) => isSame(one, value))) return false
  return !('const' in schema) || isSame(schema['const'], value)
}

function isOfType(value: Value, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isFields(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type
    default:
      return true
  }
}

function matchesBounds(schema: Fields, value: Value): boolean {
  if (typeof value === 'number') {
    return (
      isWithin(schema, value, ['minimum', 'maximum']) && isStrictlyWithin(schema, value) && isMultiple(schema, value)
    )
  }
  if (typeof value === 'string') return isWithin(schema, [...value].length, ['minLength', 'maxLength'])
  if (Array.isArray(value)) return isWithin(schema, value.length, ['minItems', 'maxItems'])
  return !isFields(value) || isWithin(schema, Object.keys(value).length, ['minProperties', 'maxProperties'])
}

function isWithin(schema: Fields, size: number, [least, most]: readonly [string, string]): boolean {
  const [from, to] = [schema[least], schema[most]]
  return !(typeof from === 'number' && size < from) && !(typeof to === 'number' && size > to)
}

function isStrictlyWithin({ exclusiveMaximum, exclusiveMinimum }: Fields, value: number): boolean {
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return false
  return !(typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
}

function isMultiple({ multipleOf }: Fields, value: number): boolean {
  if (typeof multipleOf !== 'number' || multipleOf <= 0) return true
  const times = value / multipleOf
  return Math.abs(times - Math.round(times)) < 1e-9
}

function matchesCombinations(schema: Fields, value: Value, next: Next): boolean {
  const { allOf, anyOf, not, oneOf } = schema
  if (Array.isArray(allOf) && !allOf.every((part) => next(part, value))) return false
  if (Array.isArray(anyOf) && !anyOf.some((part) => next(part, value))) return false
  if (Array.isArray(oneOf) && oneOf.filter((part) => next(part, value)).length !== 1) return false
  if (not !== undefined && next(not, value)) return false
  if (schema['if'] === undefined) return true
  const branch = next(schema['if'], value) ? schema['then'] : schema['else']
  return branch === undefined || next(branch, value)
}

function matchesProperties(schema: Fields, value: Fields, next: Next): boolean {
  const { additionalProperties: others, properties, required } = schema
  if (Array.isArray(required) && !required.every((name) => typeof name !== 'string' || Object.hasOwn(value, name))) {
    return false
  }
  const known = isFields(properties) ? properties : {}
  const areOthersFree = others === undefined || others === true || isFields(schema['patternProperties'])
  return Object.entries(value).every(([name, one]) => {
    if (Object.hasOwn(known, name)) return next(known[name], one)
    return areOthersFree || next(others, one)
  })
}

function matchesItems(schema: Fields, value: readonly Value[], next: Next): boolean {
  const { additionalItems, contains, items, uniqueItems } = schema
  if (uniqueItems === true && new Set(value.map((one) => JSON.stringify(one))).size < value.length) return false
  if (contains !== undefined && !value.some((one) => next(contains, one))) return false
  if (items === undefined) return true
  if (!Array.isArray(items)) return value.every((one) => next(items, one))
  return value.every((one, at) => next(at < items.length ? items[at] : (additionalItems ?? true), one))
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((part, at) => isSame(part, other[at]))
  }
  if (!isFields(one) || !isFields(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  )
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
