import { RE2JS, RE2JSException } from 're2js'
import { AppError } from './app-error.ts'
import { makeAutomaton, SPANS_MAX } from './pattern-automaton.ts'
import { AutomatonTooLarge } from './pattern-tables.ts'
import type { Span } from './spans.ts'
import { makeWordList } from './word-list.ts'

/** Instructions of a pattern's program. */
export const PROGRAM_SIZE_MAX = 1_000
/** Of all patterns of one guardrail together. */
export const GUARDRAIL_STEPS_MAX = 2_000
const TOO_LARGE =
  'the pattern would take too many steps on some texts; repeat less, or say more exactly how a match begins (such as \\b)'

/** What a search costs for each character, as steps of about 10 ns, whatever pattern and text; and what its tables take. */
const STEPS_OF_SEARCH = 2
const ENTRIES_PER_STEP = 1_000

export interface CustomPattern {
  /** What it costs in comparison with others. */
  steps: number
  /** Where it matches, from left to right; never an empty match. */
  find: (text: string) => Span[]
}

/**
 * A pattern of a customer's, in the syntax of JavaScript's regular expressions, made into tables that take one step for a
 * character, whatever the text (`pattern-automaton.ts`): under 50 ms for a megabyte. Words separated by bars need none and may be many.
 * Throws `invalid_regex_pattern`, saying what is wrong behind `field`, for a syntax error, a look-around, a back-reference, a
 * nested quantifier, and for a pattern whose program or tables would be too large.
 */
export function compileCustomPattern(pattern: string, field = 'pattern'): CustomPattern {
  const fault = findRefusedSyntax(pattern)
  if (fault !== undefined) throw invalid(field, fault)
  if (!/[\\^$.*+?()[\]{}]/.test(pattern)) return wordPattern(pattern)
  const compiled = compile(pattern, field)
  const programSize = compiled.programSize()
  if (programSize > PROGRAM_SIZE_MAX) {
    throw invalid(field, `the pattern takes ${programSize} steps, at most ${PROGRAM_SIZE_MAX} are allowed`)
  }
  try {
    const { find, size } = makeAutomaton(compiled)
    return { steps: stepsOf(size), find }
  } catch (error) {
    if (error instanceof AutomatonTooLarge) throw invalid(field, TOO_LARGE)
    throw error
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
  const { find, size } = makeWordList([...new Set(pattern.split('|'))].filter((word) => word !== ''))
  return { steps: stepsOf(size), find: (text) => find(text, SPANS_MAX) }
}

function stepsOf(size: number): number {
  return STEPS_OF_SEARCH + Math.ceil(size / ENTRIES_PER_STEP)
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
