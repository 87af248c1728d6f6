import type { Span } from './custom-pattern.ts'
import {
  ENCODED_WORDS,
  GLUED_PHRASES,
  INJECTION_PATTERNS,
  INJECTION_STEMS,
  SCRAMBLED_WORDS,
} from './injection-patterns.ts'

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

function toPlain(text: string): PlainText {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no work
  if (/^[\x00-\x7f]*$/.test(text)) return { text, startOf: (index) => index }
  const parts: string[] = []
  const starts: number[] = []
  let at = 0
  for (const character of text) {
    const plain = INVISIBLE.test(character) ? '' : character.normalize('NFKC')
    const letter = LOOK_ALIKES[plain.toLowerCase()] ?? plain
    parts.push(letter)
    for (let unit = 0; unit < letter.length; unit += 1) starts.push(at)
    at += character.length
  }
  return { text: parts.join(''), startOf: (index) => starts[index] ?? text.length }
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
