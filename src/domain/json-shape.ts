const QUOTE = 34
const BACKSLASH = 92
/** Up to here a string is walked through; a longer one is searched for its end, which is faster only then. */
const SHORT_STRING_BYTES = 64

/** What a byte outside strings adds to the depth, to the keys and to the elements. */
const DEPTH = countsOf({ '{': 1, '[': 1, '}': -1, ']': -1 })
const KEYS = countsOf({ ':': 1 })
const ELEMENTS = countsOf({ ',': 1 })

function countsOf(characters: Readonly<Record<string, number>>): Int8Array {
  const counts = new Int8Array(256)
  for (const [character, count] of Object.entries(characters)) counts[character.charCodeAt(0)] = count
  return counts
}

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
  const { depthMax, keysMax, elementsMax } = limits
  let depth = 0
  let keys = 0
  let elements = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
      if (at < 0) return undefined
      continue
    }
    depth += DEPTH[byte] as number
    keys += KEYS[byte] as number
    elements += ELEMENTS[byte] as number
    if (depth > depthMax) return `is nested deeper than ${depthMax} levels`
    if (keys > keysMax) return `has more than ${keysMax} keys`
    if (elements > elementsMax) return `has more than ${elementsMax} elements`
  }
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
