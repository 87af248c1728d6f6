const DEPTH_MAX = 12

/** The simplest value that fits a JSON schema (types, enum, const, required properties, minimums, minItems). */
export function fitSchema(schema: unknown, depth = 0): unknown {
  if (typeof schema !== 'object' || schema === null || depth > DEPTH_MAX) return null
  const s = schema as Record<string, unknown>
  if (s['const'] !== undefined) return s['const']
  if (Array.isArray(s['enum'])) return s['enum'][0]
  const alternatives = s['anyOf'] ?? s['oneOf']
  if (Array.isArray(alternatives)) return fitSchema(alternatives[0], depth + 1)
  const type = Array.isArray(s['type']) ? s['type'][0] : s['type']
  switch (type) {
    case 'string':
      return 'text'.padEnd(typeof s['minLength'] === 'number' ? s['minLength'] : 0, 't')
    case 'integer':
    case 'number':
      return typeof s['minimum'] === 'number' ? s['minimum'] : 0
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return Array.from({ length: typeof s['minItems'] === 'number' ? s['minItems'] : 0 }, () =>
        fitSchema(s['items'], depth + 1),
      )
    default:
      return fitObject(s, depth)
  }
}

function fitObject(schema: Record<string, unknown>, depth: number): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : Object.keys(properties)
  return Object.fromEntries(required.map((name) => [name, fitSchema(properties[name] ?? {}, depth + 1)]))
}
