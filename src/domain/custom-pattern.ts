import { RE2JS, RE2JSException } from 're2js'
import { AppError } from './app-error.ts'

/**
 * Steps of the compiled program: with the length of the text, what one search may cost. Measured with re2js 2.10 on patterns
 * and texts that keep every step busy: up to 25 ns for a step and a character, so that a thousand steps over the longest
 * text of `testGuardrail` take 0.2 s.
 */
export const PATTERN_STEPS_MAX = 1_000
/** Of all patterns of one guardrail together. */
export const GUARDRAIL_STEPS_MAX = 2_000
/** Looking for as many words of plain text costs what one step costs. */
const WORDS_PER_STEP = 25

/** From `start` up to but without `end`, in UTF-16 code units. */
export interface Span {
  start: number
  end: number
}

export interface CustomPattern {
  /** What it costs in comparison with others. */
  steps: number
  /** Where it matches, from left to right; never an empty match. */
  find: (text: string) => Span[]
}

/**
 * A pattern of a customer's, in the syntax of JavaScript's regular expressions, run by an engine whose time is linear in the
 * text. Words separated by bars need no engine and may be many. Throws `invalid_regex_pattern`, saying what is wrong behind
 * `field`, for a syntax error, a look-around, a back-reference, a nested quantifier, and for a program of too many steps.
 */
export function compileCustomPattern(pattern: string, field = 'pattern'): CustomPattern {
  const fault = findRefusedSyntax(pattern)
  if (fault !== undefined) throw invalid(field, fault)
  if (!/[\\^$.*+?()[\]{}]/.test(pattern)) return wordPattern(pattern)
  const compiled = compile(pattern, field)
  const steps = compiled.programSize()
  if (steps > PATTERN_STEPS_MAX) {
    throw invalid(field, `the pattern takes ${steps} steps, at most ${PATTERN_STEPS_MAX} are allowed`)
  }
  return {
    steps,
    find: (text) => {
      const spans: Span[] = []
      const matcher = compiled.matcher(text)
      while (matcher.find())
        if (matcher.end() > matcher.start()) spans.push({ start: matcher.start(), end: matcher.end() })
      return spans
    },
  }
}

function compile(pattern: string, field: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern))
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw invalid(field, error.message.replace('error parsing regexp: ', ''))
  }
}

/** Alternatives of plain text. Overlapping finds of several are one span. */
function wordPattern(pattern: string): CustomPattern {
  const words = [...new Set(pattern.split('|'))].filter((word) => word !== '')
  const steps = Math.ceil(words.length / WORDS_PER_STEP)
  return { steps, find: (text) => joinSpans(words.flatMap((word) => findWord(text, word))) }
}

function findWord(text: string, word: string): Span[] {
  const spans: Span[] = []
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    spans.push({ start: at, end: at + word.length })
  }
  return spans
}

/** Sorted, with overlapping ones made one. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = joined.at(-1)
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end)
    else joined.push({ ...span })
  }
  return joined
}

/** What the wire says a pattern may not contain; syntax errors are the engine's to find. */
function findRefusedSyntax(pattern: string): string | undefined {
  const groups = new Groups()
  for (let at = 0; at < pattern.length; ) {
    const { kind, length } = readPart(pattern, at)
    if (kind === 'lookaround') return 'look-ahead and look-behind are not supported'
    if (kind === 'backreference') return 'back-references are not supported'
    if (!groups.take(kind)) return 'a quantifier over a quantifier is not supported'
    at += length
  }
  return undefined
}

/** Whether each open group has something in it that repeats without end. */
class Groups {
  readonly #repeats: boolean[] = [false]
  /** Whether what was read last is a group that does. */
  #lastRepeats = false

  /** False for a quantifier without end over a group that has one inside. */
  take(kind: Part): boolean {
    const wasRepeating = this.#lastRepeats
    this.#lastRepeats = false
    if (kind === 'open') this.#repeats.push(false)
    if (kind === 'close' && this.#repeats.length > 1) {
      this.#lastRepeats = this.#repeats.pop() === true
      if (this.#lastRepeats) this.#markRepeat()
    }
    if (kind === 'repeat') this.#markRepeat()
    return !(kind === 'repeat' && wasRepeating)
  }

  #markRepeat(): void {
    this.#repeats[this.#repeats.length - 1] = true
  }
}

type Part = 'lookaround' | 'backreference' | 'repeat' | 'open' | 'close' | 'other'

const PARTS: readonly [Part, RegExp][] = [
  ['lookaround', /\(\?(?:[=!]|<[=!])/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['backreference', /\\(?:[1-9]|k<)/y],
  ['other', /\\[\s\S]/y],
  // In JavaScript a bracket right behind the opening one closes the class.
  ['other', /\[\^?(?:\\[\s\S]|[^\]\\])*\]/y],
  // One that never closes is passed over whole, or finding out would take a time that grows with its square.
  ['other', /\[[\s\S]*/y],
  ['repeat', /[*+]\??|\{\d+,\}\??/y],
]

function readPart(pattern: string, at: number): { kind: Part; length: number } {
  for (const [kind, form] of PARTS) {
    form.lastIndex = at
    const found = form.exec(pattern)
    if (found) return { kind, length: found[0].length }
  }
  return { kind: 'other', length: 1 }
}

function invalid(field: string, fault: string): AppError {
  return new AppError('invalid_regex_pattern', `${field}: ${fault}`)
}
