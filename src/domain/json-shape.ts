const QUOTE = 34
const BACKSLASH = 92
/** Up to here a string is walked through; a longer one is searched for its end, which is faster only then. */
const SHORT_STRING_BYTES = 64

/** What a byte outside strings does, by its code; 0 for nothing. */
const KINDS = new Uint8Array(256)
const STRING = 1
const OPEN = 2
const CLOSE = 3
const KEY = 4
const ELEMENT = 5
for (const [character, kind] of Object.entries({ '"': STRING, '{': OPEN, '[': OPEN, '}': CLOSE, ']': CLOSE })) {
  KINDS[character.charCodeAt(0)] = kind
}
KINDS[':'.charCodeAt(0)] = KEY
KINDS[','.charCodeAt(0)] = ELEMENT

export interface JsonLimits {
  depthMax: number
  keysMax: number
  /** Elements of all lists and objects together, those that begin one left out. */
  elementsMax: number
}

/** What inference bodies may look like; deeper or wider ones are attacks. */
const INFERENCE_JSON_LIMITS: JsonLimits = { depthMax: 256, keysMax: 100_000, elementsMax: 500_000 }

/**
 * Why `bytes` is too complex to be parsed, or undefined. One pass that jumps over string contents, so its cost follows the
 * number of structural characters. It doesn't check that the text is JSON: the parser does.
 */
export function jsonComplexityProblem(bytes: Buffer, limits: JsonLimits = INFERENCE_JSON_LIMITS): string | undefined {
  const counts = new Float64Array(6)
  for (let at = 0; at < bytes.length; at += 1) {
    const kind = KINDS[bytes[at] ?? 0] ?? 0
    if (kind === 0) continue
    if (kind === STRING) {
      const end = endOfString(bytes, at)
      if (end < 0) return undefined
      at = end
      continue
    }
    counts[kind] = (counts[kind] ?? 0) + 1
    const problem = excess(counts, limits)
    if (problem !== undefined) return problem
  }
  return undefined
}

function excess(counts: Float64Array, limits: JsonLimits): string | undefined {
  const { [OPEN]: opened = 0, [CLOSE]: closed = 0, [KEY]: keys = 0, [ELEMENT]: elements = 0 } = counts
  if (opened - closed > limits.depthMax) return `is nested deeper than ${limits.depthMax} levels`
  if (keys > limits.keysMax) return `has more than ${limits.keysMax} keys`
  if (elements > limits.elementsMax) return `has more than ${limits.elementsMax} elements`
  return undefined
}

/** Index of the closing quote of the string that opens at `start`, or -1. */
function endOfString(bytes: Buffer, start: number): number {
  const near = walkString(bytes, start + 1, Math.min(start + 1 + SHORT_STRING_BYTES, bytes.length))
  if (bytes[near] === QUOTE) return near
  const quote = bytes.indexOf(QUOTE, near)
  if (quote < 0 || bytes[quote - 1] !== BACKSLASH) return quote
  const end = walkString(bytes, near, bytes.length)
  return end < bytes.length ? end : -1
}

/** Goes through a string's content up to its closing quote or to `limit`, which it may pass by one for an escape. */
function walkString(bytes: Buffer, from: number, limit: number): number {
  let at = from
  while (at < limit && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}
