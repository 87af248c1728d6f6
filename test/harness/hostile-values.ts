import fc from 'fast-check'

/** Values that nobody expects where something else is meant. */
export const HOSTILE = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  1e308,
  '',
  'constructor',
  '__proto__',
  'valueOf',
  'https://a.test/?\n%E0%A4%A',
  '#/%E0%A4%A',
  'data:;base64',
  [],
  [[]],
  {},
  { toString: 1, valueOf: 1 },
  JSON.parse('{"__proto__":{"type":"text"},"type":"__proto__"}'),
  '\ud800',
)

/** Where in a value it is replaced, from 0 to 1. */
export const ANYWHERE = fc.nat(999_999).map((millionths) => millionths / 1_000_000)

/** The value with one of those in it replaced. */
export function withValueAt(value: unknown, [where, other]: readonly [where: number, other: unknown]): unknown {
  return replace(value, Math.floor(where * countValues(value)), other)
}

/** How many values there are in a value, itself among them. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1)
}

function replace(value: unknown, at: number, other: unknown): unknown {
  if (at === 0) return other
  if (typeof value !== 'object' || value === null) return value
  let left = at - 1
  const entries = Object.entries(value).map(([name, inner]) => {
    const count = countValues(inner)
    const written = left >= 0 && left < count ? replace(inner, left, other) : inner
    left -= count
    return [name, written] as const
  })
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}
