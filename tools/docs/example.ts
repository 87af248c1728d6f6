import { alternativesOf, isTime, isUuid, type Schema } from './schema-text.ts'

const DEPTH_MAX = 7
const TIME = '2026-11-02T09:30:00.000Z'

/** What fields of a name hold in examples, where their schema leaves it open. */
const BY_NAME: readonly [RegExp, unknown][] = [
  [/^(created|sequence)$/, 1_793_611_800],
  [/_at$|^(created_at|updated_at|since|until|start|end|period_start|period_end|window_start)$/, TIME],
  [/^(date|month)$|_date$/, '2026-11-02'],
  [/email/, 'ada@example.com'],
  [/(^|_)url$|^link$|^website$/, 'https://example.com/'],
  [/^(model|model_id|model_permaslug|canonical_slug|alias_target)$|^(default_.*_model)$/, 'openai/gpt-4o-mini'],
  [/^(provider|provider_slug|provider_name|only|order|ignore)$/, 'openai'],
  [/^slug$|_slug$/, 'research'],
  [/^(hash|key_hash|api_key_hash|key_hashes)$/, 'f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de462992ce943'],
  [/^(key|secret|api_key)$/, 'sk-or-v1-…'],
  [/^(label)$/, 'sk-or-v1-a1b…c3d'],
  [/^(generation_id)$/, 'gen-1793611800-aB3dE5fG7hI9jK1lM2nO'],
  [/^(user_id|created_by|creator_user_id|member_user_ids|user_ids|.*_by)$/, 'user_2aB3cD4eF5gH6iJ7kL8mN9oP0q'],
  [/^organization_id$/, 'org_2aB3cD4eF5gH6iJ7kL8mN9oP0q'],
  [/(^|_)id$|(^|_)ids$/, '8d7f4c5e-2f4b-4b1e-9c57-0f0d3a8f1b2c'],
  [/^name$|_name$|^title$/, 'Research'],
  [/^description$/, 'What the research team works with'],
  [/^(ip|address|network|allowed_ips)$/, '203.0.113.7'],
  [/^(message|reason|error)$/, 'What happened, in a sentence'],
  [/^role$/, 'user'],
  [/^(content|text|input|prompt|query|documents|system)$/, 'Hello'],
  [/^context_length$/, 128_000],
  [/_usd$|^(cost|usage|price|limit|total_credits|total_usage|amount)$|^usage_/, 12.5],
  [/_count$|^(count|requests|offset)$/, 1],
  [/tokens/, 42],
  [/_ms$/, 350],
]

export type ExampleSide = 'request' | 'answer'

/** A value that the schema takes. Requests have what they must have and at most two fields more; answers have everything. */
export function exampleOf(schema: Schema, side: ExampleSide, name = '', depth = 0): unknown {
  const choice = alternativesOf(schema).find((one) => one.type !== 'null') ?? schema
  if (choice.const !== undefined) return choice.const
  if (choice.default !== undefined && side === 'request') return choice.default
  if (choice.enum !== undefined) return choice.enum[0]
  const type = Array.isArray(choice.type) ? choice.type[0] : choice.type
  if (type === 'array') return exampleList(choice, side, name, depth)
  if (type === 'object' || choice.properties !== undefined) return exampleObject(choice, side, depth)
  return exampleScalar(choice, type, name)
}

function exampleList(schema: Schema, side: ExampleSide, name: string, depth: number): unknown[] {
  if (schema.items === undefined || depth > DEPTH_MAX) return []
  const count = Math.max(1, Math.min(schema.minItems ?? 1, 3))
  return Array.from({ length: count }, () => exampleOf(schema.items ?? {}, side, name, depth + 1))
}

function exampleObject(schema: Schema, side: ExampleSide, depth: number): Record<string, unknown> {
  if (depth > DEPTH_MAX) return {}
  const required = new Set(schema.required ?? [])
  const all = Object.entries(schema.properties ?? {})
  const scalars = all.filter(([name, property]) => !required.has(name) && isScalar(property)).slice(0, 2)
  const extra = new Set(required.size === 0 && depth === 0 ? scalars.map(([name]) => name) : [])
  const shown = side === 'answer' ? all : all.filter(([name]) => required.has(name) || extra.has(name))
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, side, name, depth + 1)]))
}

function isScalar(schema: Schema): boolean {
  return alternativesOf(schema).every(({ type, properties }) => type !== 'array' && type !== 'object' && !properties)
}

function exampleScalar(schema: Schema, type: string | readonly string[] | undefined, name: string): unknown {
  const [, known] = BY_NAME.find(([pattern]) => pattern.test(name)) ?? []
  if (type === 'boolean') return false
  if (type === 'integer' || type === 'number') return exampleNumber(schema, known, type === 'integer')
  if (type === 'null') return null
  if (isUuid(schema)) return '8d7f4c5e-2f4b-4b1e-9c57-0f0d3a8f1b2c'
  if (isTime(schema)) return TIME
  if (schema.format === 'uri') return 'https://example.com/'
  const text = typeof known === 'string' ? known : 'text'
  if (schema.pattern === undefined) return text
  const fitting = [
    text,
    'research',
    'openai',
    '12345678',
    'sk-or-v1-'.padEnd(73, '0'),
    '2026-11-02',
    '0.000001',
    '0000',
  ]
  return fitting.find((one) => new RegExp(schema.pattern ?? '', 'u').test(one)) ?? text
}

function exampleNumber(schema: Schema, known: unknown, isInteger: boolean): number {
  const wanted = typeof known === 'number' ? known : 1
  const least = schema.minimum ?? Number.NEGATIVE_INFINITY
  const most = schema.maximum ?? Number.POSITIVE_INFINITY
  const within = Math.min(most, Math.max(least, wanted))
  return isInteger ? Math.round(within) : within
}
