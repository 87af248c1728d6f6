/*
 * Top-level fields of a JSON object as the text that they came in, so that what is passed on is exactly what was sent: numbers with
 * all their digits, escapes and spaces.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

/** One JSON object with the fields of two, neither empty. */
export function joinObjects(first: string, second: string | Buffer): string | Buffer {
  const begin = `${first.slice(0, -1)},`
  return typeof second === 'string' ? begin + second.slice(1) : Buffer.concat([Buffer.from(begin), second.subarray(1)])
}

/**
 * The JSON object `text`, which reads as `value`, without the fields of these names. Each is as it came, unless a name stands twice
 * anywhere: of those readers take different ones, so that then it is `value` that is written anew.
 */
export function withoutFields(
  text: string,
  value: Readonly<Record<string, unknown>>,
  names: ReadonlySet<string>,
): string {
  const { members, keyCount } = cutMembers(text)
  if (keyCount !== countKeys(value)) {
    return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name))))
  }
  const kept = members.filter((member) => !names.has(nameOf(member)))
  return `{${kept.join(',')}}`
}

function nameOf(member: string): string {
  return JSON.parse(member.slice(0, endOfString(member, 0) + 1)) as string
}

/** The members of an object, each from its name to its end; and how many names there are, in objects within it too. */
function cutMembers(text: string): { members: string[]; keyCount: number } {
  const members: string[] = []
  let keyCount = 0
  let depth = 0
  let start = text.indexOf('{') + 1
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COLON) keyCount += 1
    else depth += depthOf(code)
    const isEnd = depth < 0 || (depth === 0 && code === COMMA)
    if (!isEnd) continue
    const member = text.slice(start, at).trim()
    if (member !== '') members.push(member)
    start = at + 1
  }
  return { members, keyCount }
}

function depthOf(code: number): number {
  if (code === 0x7b || code === 0x5b) return 1
  return code === 0x7d || code === 0x5d ? -1 : 0
}

/** Where the string that begins at `from` has its closing quote. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return at
  }
  return text.length
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const inner of value) count += countKeys(inner)
  else for (const inner of Object.values(value)) count += 1 + countKeys(inner)
  return count
}
