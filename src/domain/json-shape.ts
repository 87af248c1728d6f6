const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const COLON = 58

/** By byte: what it does to the nesting. */
const DEPTH_CHANGES = new Int8Array(256)
for (const open of [OPEN_BRACE, OPEN_BRACKET]) DEPTH_CHANGES[open] = 1
for (const close of [CLOSE_BRACE, CLOSE_BRACKET]) DEPTH_CHANGES[close] = -1

export interface JsonLimits {
  depthMax: number
  keysMax: number
}

/** What inference bodies may look like; deeper or wider ones are attacks. */
const INFERENCE_JSON_LIMITS: JsonLimits = { depthMax: 256, keysMax: 100_000 }

/**
 * Why `bytes` is too complex to be parsed, or undefined. One pass that jumps over string contents, so its cost follows the
 * number of structural characters. It doesn't check that the text is JSON: the parser does.
 */
export function jsonComplexityProblem(bytes: Buffer, limits: JsonLimits = INFERENCE_JSON_LIMITS): string | undefined {
  let depth = 0
  let keys = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfString(bytes, at)
      if (end < 0) return undefined
      at = end
    } else if (byte === COLON) {
      keys += 1
    } else {
      depth += DEPTH_CHANGES[byte ?? 0] ?? 0
    }
    if (depth > limits.depthMax) return `is nested deeper than ${limits.depthMax} levels`
    if (keys > limits.keysMax) return `has more than ${limits.keysMax} keys`
  }
  return undefined
}

/** Index of the closing quote of the string that opens at `start`, or -1. */
function endOfString(bytes: Buffer, start: number): number {
  let from = start + 1
  for (;;) {
    const quote = bytes.indexOf(QUOTE, from)
    if (quote < 0) return -1
    let backslashes = 0
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return quote
    from = quote + 1
  }
}
