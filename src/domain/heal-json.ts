import { JsonMender, REPAIRS, type Repair } from './json-mender.ts'

export interface HealedJson {
  text: string
  /** At least one, in the order of `REPAIRS`. */
  repairs: Repair[]
}

/** A longer answer is left as it is. In UTF-16 code units. */
const LENGTH_MAX = 262_144
/** Places where JSON may begin that are tried in one text. */
const BEGINNINGS_MAX = 32
const FENCE = /```[^\S\n]*(?:json5?|jsonc|javascript|js)?[^\S\n]*\n([\s\S]*?)(?:\n[^\S\n]*```|$)/i

/**
 * The JSON object or list that a model meant: taken out of a fence or of the text around it, with commas, brackets, quotes and
 * names put right. Null where the text is such JSON already, and where none can be made of it: nothing is made up but
 * what is missing around values.
 * Source: OpenRouter docs, response healing.
 */
export function healJson(text: string): HealedJson | null {
  if (text.length > LENGTH_MAX || isWhole(text)) return null
  const fenced = FENCE.exec(text)?.[1]
  return (fenced === undefined ? null : healWithin(fenced, true)) ?? healWithin(text, false)
}

function isWhole(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

/** Of what is complete the longest; else the first that only lacks its end. */
function healWithin(text: string, isPart: boolean): HealedJson | null {
  let best: JsonMender | undefined
  let unfinished: JsonMender | undefined
  let at = nextBeginning(text, 0)
  for (let tries = 0; at >= 0 && tries < BEGINNINGS_MAX; tries += 1) {
    const mender = new JsonMender(text, at)
    const isJson = mender.mend()
    // Empty brackets among words are a figure of speech.
    if (isJson && mender.isComplete && (mender.hasContent || isPart) && mender.length > (best?.length ?? 0))
      best = mender
    if (isJson && !mender.isComplete && mender.hasContent) unfinished ??= mender
    at = nextBeginning(text, isJson && mender.isComplete ? mender.end : at + 1)
  }
  const found = best ?? unfinished
  return found === undefined ? null : healedBy(found, text, isPart)
}

function nextBeginning(text: string, from: number): number {
  const object = text.indexOf('{', from)
  const list = text.indexOf('[', from)
  return object < 0 || list < 0 ? Math.max(object, list) : Math.min(object, list)
}

function healedBy(mender: JsonMender, text: string, isPart: boolean): HealedJson | null {
  const { begin, end, mended, repairs } = mender
  if (!isWhole(mended)) return null
  const isExtracted = isPart || text.slice(0, begin).trim() !== '' || text.slice(end).trim() !== ''
  const all = new Set<Repair>([...(isExtracted ? ['extracted' as const] : []), ...repairs])
  return { text: mended, repairs: REPAIRS.filter((repair) => all.has(repair)) }
}
