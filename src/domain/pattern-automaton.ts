import type { RE2JS } from 're2js'
import {
  AutomatonTooLarge,
  BACKWARDS,
  EDGE,
  FORWARDS,
  makeTable,
  type Program,
  readProgram,
  sideOf,
  type Table,
} from './pattern-tables.ts'
import type { Span } from './spans.ts'

/*
 * A compiled pattern as two tables with one step for a character, so that what a search costs depends on the length of the
 * text alone. Either one table finds where the leftmost match ends, reading forwards and preferring what the pattern prefers,
 * and the other, reading backwards from there, where it begins; or one finds, reading the whole text backwards, where matches
 * begin, and the other where each ends: a pattern may be small in one way and immense in the other (4\d{12}). Tables are made
 * whole when the pattern is compiled: one whose tables would be large is refused, and no text can make them grow.
 */

/** Reading on behind a match, for a longer one that never comes, would make a search of many matches quadratic. */
const STEPS_PER_CHARACTER = 2
/** Beside those: in a short text a search may read on as it likes. */
const STEPS_MORE = 100_000
/** After so many matches in one text the rest of it counts as found. */
export const SPANS_MAX = 50_000

export interface Automaton {
  /** Entries of its tables. */
  size: number
  /** Matches from left to right, none of them empty. */
  find: (text: string) => Span[]
}

/** Throws AutomatonTooLarge. */
export function makeAutomaton(compiled: RE2JS): Automaton {
  const program = readProgram(compiled)
  try {
    const forwards = makeTable(program, { direction: FORWARDS, isSearching: true }, 0)
    const backwards = makeTable(program, { direction: BACKWARDS, isSearching: false }, forwards.next.length)
    const size = forwards.next.length + backwards.next.length
    return { size, find: (text) => searchForwards(text, program, forwards, backwards) }
  } catch (error) {
    if (!(error instanceof AutomatonTooLarge)) throw error
  }
  const backwards = makeTable(program, { direction: BACKWARDS, isSearching: true }, 0)
  const forwards = makeTable(program, { direction: FORWARDS, isSearching: false }, backwards.next.length)
  const size = forwards.next.length + backwards.next.length
  return { size, find: (text) => searchBackwards(text, program, forwards, backwards) }
}

function searchForwards(text: string, program: Program, forwards: Table, backwards: Table): Span[] {
  const found = new Found(text)
  while (found.isGoingOn()) {
    const { end, readTo } = findEnd(text, found.through, program, forwards)
    if (end < 0) break
    found.add({ start: findStart(text, { from: found.through, end }, program, backwards), end }, readTo)
  }
  return found.spans
}

function searchBackwards(text: string, program: Program, forwards: Table, backwards: Table): Span[] {
  const starts: number[] = []
  findStart(text, { from: 0, end: text.length }, program, backwards, starts)
  const found = new Found(text)
  for (const start of starts.reverse()) {
    if (!found.isGoingOn()) break
    if (start < found.through) continue
    const { end, readTo } = findEnd(text, start, program, forwards)
    if (end >= 0) found.add({ start, end }, readTo)
  }
  return found.spans
}

/** Nothing is left out for want of time: when it is up, the rest of the text counts as found. */
class Found {
  readonly spans: Span[] = []
  /** Up to where the text is done with. */
  through = 0
  readonly #length: number
  #stepsLeft: number

  constructor({ length }: string) {
    this.#length = length
    this.#stepsLeft = length * STEPS_PER_CHARACTER + STEPS_MORE
  }

  isGoingOn(): boolean {
    return this.through < this.#length
  }

  add({ start, end }: Span, readTo: number): void {
    this.#stepsLeft -= readTo - end
    const isEnough = this.#stepsLeft < 0 || this.spans.length + 1 === SPANS_MAX
    this.through = isEnough ? this.#length : end
    this.spans.push({ start, end: this.through })
  }
}

/** Where the leftmost match at or after `from` ends, or -1, and how far that was read for. */
function findEnd(text: string, from: number, { classOf, runes }: Program, { next, starts }: Table) {
  const width = runes.length
  let state = starts[sideOf(runeBefore(text, from))] ?? 0
  let end = -1
  let at = from
  for (;;) {
    const rune = runeAt(text, at)
    const entry = next[state * width + classOf(rune)] ?? 0
    if ((entry & 1) !== 0) end = at
    state = entry >> 1
    if (state === 0 || rune === EDGE) return { end, readTo: at }
    at += rune > 0xffff ? 2 : 1
  }
}

/** Where the first of the matches that end at `end` begins, not before `from`. Where the table searches, `all` gets the
 *  beginnings of all matches, the last one first. */
// biome-ignore lint/complexity/useMaxParams: they are what a search knows
function findStart(
  text: string,
  { from, end }: { from: number; end: number },
  { classOf, runes }: Program,
  { next, starts }: Table,
  all?: number[],
): number {
  const width = runes.length
  let state = starts[sideOf(runeAt(text, end))] ?? 0
  let start = end
  for (let at = end; ; ) {
    const rune = runeBefore(text, at)
    const entry = next[state * width + classOf(rune)] ?? 0
    if ((entry & 1) !== 0) {
      start = at
      all?.push(at)
    }
    state = entry >> 1
    if (state === 0 || at <= from) return start
    at -= rune > 0xffff ? 2 : 1
  }
}

function runeAt(text: string, at: number): number {
  return at < text.length ? (text.codePointAt(at) ?? EDGE) : EDGE
}

function runeBefore(text: string, at: number): number {
  if (at === 0) return EDGE
  const unit = text.charCodeAt(at - 1)
  const isTail = unit >= 0xdc00 && unit <= 0xdfff && at > 1
  const pair = isTail ? (text.codePointAt(at - 2) ?? unit) : unit
  return pair > 0xffff ? pair : unit
}
