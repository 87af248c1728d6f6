import type { Fields } from './organization-file.ts'

export interface Difference {
  from: unknown
  to: unknown
}

/** Fields that should be otherwise, by name. What wasn't declared counts for nothing, whatever the installation has. */
export function differencesOf(declared: Fields, live: Fields): Record<string, Difference> {
  const names = Object.keys(declared).filter((name) => !isMet(declared[name], live[name]))
  return Object.fromEntries(names.map((name) => [name, { from: live[name] ?? null, to: declared[name] }]))
}

/** Whether what is there is what was declared: lists of names in any order, instants in any zone, and of structured values the
 *  fields that were declared. */
function isMet(declared: unknown, live: unknown): boolean {
  if (declared === null || declared === undefined) return live === null || live === undefined
  if (Array.isArray(declared)) return Array.isArray(live) && isListMet(declared, live)
  if (typeof declared === 'object') {
    if (typeof live !== 'object' || live === null) return false
    return Object.entries(declared).every(([name, value]) => isMet(value, (live as Fields)[name]))
  }
  return declared === live || isSameInstant(declared, live)
}

function isListMet(declared: readonly unknown[], live: readonly unknown[]): boolean {
  if (declared.length !== live.length) return false
  if (!declared.every((value) => typeof value === 'string'))
    return declared.every((value, at) => isMet(value, live[at]))
  const sorted = [...live].sort()
  return [...declared].sort().every((value, at) => value === sorted[at])
}

const INSTANT = /^\d{4}-\d\d-\d\dT/

function isSameInstant(declared: unknown, live: unknown): boolean {
  if (typeof declared !== 'string' || typeof live !== 'string') return false
  return INSTANT.test(declared) && INSTANT.test(live) && Date.parse(declared) === Date.parse(live)
}
