export interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  const?: unknown
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  allOf?: readonly Schema[]
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  items?: Schema
  additionalProperties?: boolean | Schema
  description?: string
  default?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

export interface Field {
  /** With dots and `[]` for what lies inside, such as `data[].name`. */
  path: string
  name: string
  schema: Schema
  isRequired: boolean
}

const DEPTH_MAX = 6

export function alternativesOf(schema: Schema): readonly Schema[] {
  const choices = schema.anyOf ?? schema.oneOf
  return choices === undefined ? [schema] : choices.flatMap(alternativesOf)
}

/** Every field of an object, those of objects in it included; of alternatives each name once. */
export function fieldsOf(schema: Schema, prefix = '', depth = 0): Field[] {
  if (depth > DEPTH_MAX) return []
  const fields = new Map<string, Field>()
  for (const choice of alternativesOf(schema)) {
    for (const field of ownFields(choice, prefix, depth)) if (!fields.has(field.path)) fields.set(field.path, field)
  }
  return [...fields.values()]
}

function ownFields(schema: Schema, prefix: string, depth: number): Field[] {
  const required = new Set(schema.required ?? [])
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return [{ path, name, schema: property, isRequired: required.has(name) }, ...fieldsOf(property, path, depth + 1)]
  })
  const inside = schema.items === undefined ? [] : fieldsOf(schema.items, `${prefix}[]`, depth + 1)
  const others = schema.additionalProperties
  const values = typeof others === 'object' ? fieldsOf(others, prefix === '' ? '*' : `${prefix}.*`, depth + 1) : []
  return [...own, ...inside, ...values]
}

/** Such as `string or null`, `array of integer`. */
export function typeText(schema: Schema): string {
  return [...new Set(alternativesOf(schema).map(oneType))].join(' or ')
}

function oneType(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.type === 'array') return `array of ${schema.items === undefined ? 'any' : typeText(schema.items)}`
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  if (typeof schema.type === 'string') return schema.type
  if (schema.enum !== undefined) return 'string'
  return schema.properties === undefined ? 'any' : 'object'
}

/** What values are taken, such as `1 to 200 characters`; empty where everything of the type is. */
export function boundsText(schema: Schema): string {
  const texts = alternativesOf(schema).flatMap((choice) => [
    ...ownBounds(choice),
    ...(choice.items === undefined
      ? []
      : alternativesOf(choice.items)
          .flatMap(ownBounds)
          .map((text) => `each ${text}`)),
  ])
  const withDefault = schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]
  return [...new Set([...texts, ...withDefault])].join('; ')
}

const LARGEST_INTEGER = Number.MAX_SAFE_INTEGER

function ownBounds(schema: Schema): string[] {
  const texts: string[] = []
  if (schema.enum !== undefined) texts.push(schema.enum.map((value) => `\`${String(value)}\``).join(', '))
  const least = schema.minimum === -LARGEST_INTEGER ? undefined : schema.minimum
  const most = schema.maximum === LARGEST_INTEGER ? undefined : schema.maximum
  texts.push(rangeText(least, most, ''), rangeText(schema.minLength, schema.maxLength, ' characters'))
  texts.push(rangeText(schema.minItems, schema.maxItems, ' items'))
  if (schema.exclusiveMinimum !== undefined) texts.push(`more than ${schema.exclusiveMinimum}`)
  if (schema.exclusiveMaximum !== undefined) texts.push(`less than ${schema.exclusiveMaximum}`)
  if (schema.format !== undefined) texts.push(`format ${schema.format}`)
  if (schema.pattern !== undefined) texts.push(patternText(schema.pattern))
  return texts.filter((text) => text !== '')
}

function rangeText(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) {
    return least === most ? `exactly ${least}${unit}` : `${least} to ${most}${unit}`
  }
  if (most !== undefined) return `at most ${most}${unit}`
  return least === undefined || (least === 0 && unit !== '') ? '' : `at least ${least}${unit}`
}

const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export function isUuid({ pattern, format }: Schema): boolean {
  return format === 'uuid' || (pattern?.startsWith(UUID.slice(0, 20)) ?? false)
}

export function isTime({ pattern, format }: Schema): boolean {
  return format === 'date-time' || (pattern?.startsWith('^\\d{4}-\\d{2}-\\d{2}T') ?? false)
}

function patternText(pattern: string): string {
  if (pattern === UUID) return 'a UUID'
  if (isTime({ pattern })) return 'a time of ISO 8601 in UTC'
  return `matches \`${pattern.replaceAll('`', "'")}\``
}
