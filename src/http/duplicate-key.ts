const QUOTE = '"'
const STRUCTURE = /["{}[\]]/g

/**
 * The first key that a JSON text gives twice in one object, or undefined. Parsers disagree about which of the two counts, so
 * a caller who sends both hasn't said what it wants. `text` must be JSON that parses.
 */
export function findDuplicateKey(text: string): string | undefined {
  const scopes: (Set<string> | undefined)[] = []
  let at = 0
  for (;;) {
    STRUCTURE.lastIndex = at
    const match = STRUCTURE.exec(text)
    if (match === null) return undefined
    at = match.index + 1
    if (match[0] !== QUOTE) {
      enterOrLeave(scopes, match[0])
      continue
    }
    const end = endOfString(text, at)
    const key = isKey(text, end) ? (JSON.parse(text.slice(at - 1, end)) as string) : undefined
    if (key !== undefined && isRepeated(scopes.at(-1), key)) return key
    at = end
  }
}

function enterOrLeave(scopes: (Set<string> | undefined)[], character: string): void {
  if (character === '{') scopes.push(new Set())
  else if (character === '[') scopes.push(undefined)
  else scopes.pop()
}

function isRepeated(scope: Set<string> | undefined, key: string): boolean {
  if (scope?.has(key)) return true
  scope?.add(key)
  return false
}

/** Index after the closing quote of the string whose content begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== QUOTE) at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function isKey(text: string, end: number): boolean {
  let at = end
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at += 1
  return text[at] === ':'
}
