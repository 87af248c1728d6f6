import {
  ENCODED_WORDS,
  GLUED_PHRASES,
  INJECTION_PATTERNS,
  INJECTION_STEMS,
  SCRAMBLED_WORDS,
} from './injection-patterns.ts'
import type { Span } from './spans.ts'

/** An attempt, where it stands in the text and which pattern it is of. */
export interface Injection extends Span {
  pattern: string
}

/**
 * Attempts to take the model over, as patterns know them: a filter, not a guarantee. The patterns are tried on the text with
 * look-alike letters made plain, and without `phrases`, which an administrator allows (whatever the case); then tricks
 * that hide words are looked for in the whole text. Linear in the text.
 */
export function findInjections(text: string, phrases: readonly string[] = []): Injection[] {
  const plain = toPlain(maskPhrases(text, phrases))
  return [...findPatterns(plain), ...findScrambled(text), ...findEncoded(text), ...findSpacedOut(text)]
}

function findPatterns(plain: PlainText): Injection[] {
  if (!INJECTION_STEMS.test(plain.text)) return []
  return INJECTION_PATTERNS.flatMap(({ name, form }) =>
    [...plain.text.matchAll(form)].map(({ 0: found, index }) => ({
      pattern: name,
      start: plain.startOf(index),
      end: plain.startOf(index + found.length),
    })),
  )
}

/** Allowed phrases give way to as many characters that belong to no pattern. */
function maskPhrases(text: string, phrases: readonly string[]): string {
  return phrases.reduce((masked, phrase) => {
    const form = new RegExp(phrase.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi')
    return masked.replace(form, (found) => '\0'.repeat(found.length))
  }, text)
}

interface PlainText {
  text: string
  /** Where a place in it lies in the text that it was made from. */
  startOf: (index: number) => number
}

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/
/** Cyrillic and Greek letters that can't be told from Latin ones. */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [...'аaеeоoрpсcхxуyіiјjѕsԁdһhԛqԝwαaοoνvρpιiυu'].reduce<[string, string][]>((pairs, letter, index, all) => {
    if (index % 2 === 0) pairs.push([letter, all[index + 1] ?? ''])
    return pairs
  }, []),
)

/** From `plainAt` on it reads as the source does from `sourceAt` on, or, with `isLetter`, comes from the one letter there. */
interface Stretch {
  plainAt: number
  sourceAt: number
  isLetter: boolean
}

/** Only letters beyond ASCII are looked at, which in most texts are few. */
function toPlain(text: string): PlainText {
  const parts: string[] = []
  const stretches: Stretch[] = []
  let plainAt = 0
  const add = (part: string, sourceAt: number, isLetter: boolean) => {
    if (part === '') return
    stretches.push({ plainAt, sourceAt, isLetter })
    parts.push(part)
    plainAt += part.length
  }
  let at = 0
  const known = new Map<string, string>()
  for (const { 0: character, index } of text.matchAll(/[^\0-\x7f]/gu)) {
    add(text.slice(at, index), at, false)
    const plain = known.get(character) ?? plainLetterOf(character)
    known.set(character, plain)
    add(plain, index, true)
    at = index + character.length
  }
  if (at === 0) return { text, startOf: (index) => index }
  add(text.slice(at), at, false)
  const startOf = (index: number) => (index >= plainAt ? text.length : startIn(stretches, index))
  return { text: parts.join(''), startOf }
}

function plainLetterOf(character: string): string {
  if (INVISIBLE.test(character)) return ''
  const plain = character.normalize('NFKC')
  return LOOK_ALIKES[plain.toLowerCase()] ?? plain
}

/** By halving: the last stretch that begins at or before the place. */
function startIn(stretches: readonly Stretch[], index: number): number {
  let [low, high] = [0, stretches.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((stretches[middle]?.plainAt ?? 0) <= index) low = middle
    else high = middle - 1
  }
  const found = stretches[low]
  if (found === undefined) return index
  return found.isLetter ? found.sourceAt : found.sourceAt + index - found.plainAt
}

/** First and last letter in their places, those between in any other order. */
function findScrambled(text: string): Injection[] {
  return [...text.matchAll(/[A-Za-z]{6,12}/g)].flatMap(({ 0: found, index }) => {
    const word = found.toLowerCase()
    const original = SCRAMBLED_WORDS.find((candidate) => isScrambled(word, candidate))
    const isWhole = !/[A-Za-z]/.test((text[index - 1] ?? '') + (text[index + found.length] ?? ''))
    if (original === undefined || !isWhole) return []
    return [{ pattern: `typoglycemia_${original}`, start: index, end: index + found.length }]
  })
}

function isScrambled(word: string, original: string): boolean {
  if (word === original || word.length !== original.length) return false
  if (word[0] !== original[0] || word.at(-1) !== original.at(-1)) return false
  return sorted(word) === sorted(original)
}

function sorted(word: string): string {
  return [...word].toSorted().join('')
}

const ENCODINGS: readonly { pattern: string; form: RegExp; decode: (found: string) => string }[] = [
  {
    pattern: 'base64_encoded_injection',
    form: /[A-Za-z0-9+/_-]{12,16384}={0,2}/g,
    decode: (found) => Buffer.from(found, 'base64').toString('latin1'),
  },
  {
    pattern: 'hex_encoded_injection',
    form: /(?<![0-9A-Fa-f])[0-9A-Fa-f][0-9A-Fa-f \t:-]{10,16384}[0-9A-Fa-f]/g,
    decode: (found) => Buffer.from(found.replace(/[^0-9A-Fa-f]/g, ''), 'hex').toString('latin1'),
  },
]

function findEncoded(text: string): Injection[] {
  return ENCODINGS.flatMap(({ pattern, form, decode }) =>
    [...text.matchAll(form)].flatMap(({ 0: found, index }) => {
      const decoded = decode(found).toLowerCase()
      if (!ENCODED_WORDS.some((word) => decoded.includes(word))) return []
      return [{ pattern, start: index, end: index + found.length }]
    }),
  )
}

/** `i g n o r e`: words apart by more than one blank keep their bounds, and without any the glued phrase tells. */
function findSpacedOut(text: string): Injection[] {
  return [...text.matchAll(/(?<![A-Za-z])[A-Za-z](?:[ ]{1,4}[A-Za-z](?![A-Za-z])){7,500}/g)].flatMap(
    ({ 0: found, index }) => {
      const words = found.replace(/ {2,}/g, '\n').replaceAll(' ', '').replaceAll('\n', ' ')
      const isAttempt =
        INJECTION_PATTERNS.some(({ form }) => new RegExp(form.source, form.flags.replace('g', '')).test(words)) ||
        GLUED_PHRASES.some((phrase) => words.replaceAll(' ', '').toLowerCase().includes(phrase))
      return isAttempt ? [{ pattern: 'spaced_out_injection', start: index, end: index + found.length }] : []
    },
  )
}
