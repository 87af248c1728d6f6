/** An organization file in the making: plain fields as people would write them, and what didn't come over. */
export interface Imported {
  workspaces: ImportedWorkspace[]
  /** One sentence each. */
  notes: string[]
  /** What `SWITCHYARD_CONFIG` needs, where models came over. */
  providers?: Record<string, unknown>[]
}

export interface ImportedWorkspace {
  slug: string
  name?: string
  budgets?: Record<string, number>
  members?: { email: string; role: string }[]
  guardrails?: Record<string, unknown>[]
  keys?: ImportedKey[]
  [field: string]: unknown
}

/** Where everything goes that belongs to no workspace. */
export const DEFAULT_SLUG = 'default'
const SLUG_LENGTH_MAX = 50
const NAME_LENGTH_MAX = 200

/** A slug out of any name; the same name always gives the same. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '')
  return slug === '' ? 'imported' : slug
}

/** Gives each a name that no other has, in their order: the second `ci` is `ci (2)`. */
export function uniqueNames(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    const base = wanted.slice(0, NAME_LENGTH_MAX - 8)
    let name = base
    for (let count = 2; taken.has(name); count += 1) name = `${base} (${count})`
    taken.add(name)
    return name
  }
}

/** The same for slugs. */
export function uniqueSlugs(): (wanted: string) => string {
  const taken = new Set([DEFAULT_SLUG])
  return (wanted) => {
    const base = slugOf(wanted).slice(0, SLUG_LENGTH_MAX - 4)
    let slug = base
    for (let count = 2; taken.has(slug); count += 1) slug = `${base}-${count}`
    taken.add(slug)
    return slug
  }
}

/** A field where it has a value. */
export function field(name: string, value: unknown): Record<string, unknown> {
  return value === null || value === undefined ? {} : { [name]: value }
}

/** What we write of an instant: UTC, to the second. */
export function instantOf(value: string | number | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined
  // LiteLLM writes UTC without saying so.
  const text = typeof value === 'string' && !/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? `${value}Z` : value
  const date = new Date(typeof text === 'number' ? text * 1_000 : text)
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`
}

export type ImportedKey = { name: string } & Record<string, unknown>

/** The list in an answer: the answer itself, or what stands there under one of the names. */
export function listIn(answer: unknown, names: readonly string[]): unknown {
  if (Array.isArray(answer) || typeof answer !== 'object' || answer === null) return answer
  const name = names.find((one) => one in answer)
  return name === undefined ? answer : listIn((answer as Record<string, unknown>)[name], names)
}
