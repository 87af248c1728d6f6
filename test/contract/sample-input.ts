import { jsonSchemaOf } from '../../src/contract/openapi.ts'
import type { Operation } from '../../src/contract/operation.ts'

export interface JsonSchema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  minItems?: number
  minLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  format?: string
  pattern?: string
}

/** Of a group that worlds of permission tests have. */
export const SAMPLE_GROUP_ID = '00000000-0000-4000-8000-0000000009a0'

/** What stands for a field of this name wherever it is required, because its schema alone doesn't tell what is sensible. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  name: 'sample',
  op: 'replace',
  scim_group_id: SAMPLE_GROUP_ID,
  provider: 'openai',
  slug: 'sample-slug',
  email: 'sample@example.test',
  interval: 'monthly',
  limit_usd: 5,
  version: '1',
  permissions: ['audit:read'],
  role: 'org:member',
  expires_at: '2099-01-01T00:00:00Z',
  base_url: 'https://llm.example.test/v1',
  models: [{ id: 'sample/model', context_length: 8_000, free: true }],
  target: { type: 'slack', url: 'https://hooks.example.test/sample' },
  callback_url: 'https://app.example.test/callback',
}

/** What a few operations want beside their required fields. */
const MORE: Readonly<Record<string, object>> = { createPresetsResponses: { input: 'x' } }

/** The smallest input that an operation's schema lets pass, with `given` over it. */
export function sampleInput(operation: Operation, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const schema = jsonSchemaOf(operation.input, 'input') as JsonSchema
  const sample = sampleOf(schema) as Record<string, unknown>
  return { ...sample, ...MORE[operation.id], ...given }
}

function sampleOf(schema: JsonSchema, name = ''): unknown {
  if (name in BY_NAME && (schema.enum?.includes(BY_NAME[name]) ?? true)) return BY_NAME[name]
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first) return sampleOf(first, name)
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((key) => [key, sampleOf(schema.properties?.[key] ?? {}, key)]),
      )
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, name))
    case 'integer':
    case 'number':
      return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1
    case 'boolean':
      return true
    default:
      return 'x'.repeat(Math.max(1, schema.minLength ?? 1))
  }
}
