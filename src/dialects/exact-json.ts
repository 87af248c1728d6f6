import { asObject, parseObject } from './json-fields.ts'

/** What may be a whole number of more digits than a number holds. */
const MANY_DIGITS = /\d{16}/
const WHOLE = /^-?\d{16,}$/

/**
 * The object that a text is the JSON of, or undefined. Whole numbers of more digits than a number holds, as ids of rows and posts are,
 * are written again with all of them: what a tool is called with must not be another id than the model said. They are no numbers
 * until then.
 */
export function parseExactly(text: string): Record<string, unknown> | undefined {
  if (!MANY_DIGITS.test(text)) return parseObject(text)
  try {
    return asObject(JSON.parse(text, keepDigits))
  } catch {
    return undefined
  }
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source ?? ''
  return WHOLE.test(source) ? RAW.rawJSON(source) : value
}

/** Not among the compiler's types yet. */
const RAW = JSON as unknown as { rawJSON(text: string): unknown }
