import type { RE2JS } from 're2js'

/*
 * The tables of a pattern (`pattern-automaton.ts`): every state that reading characters can lead to, from the engine's program.
 * A state is a list of places in the program; whether its assertions (^ $ \b) hold is decided when the next character is known,
 * which the end of the text is too.
 */

/** Entries of both tables of a pattern, of four bytes each. */
const TABLE_SIZE_MAX = 100_000
/** Places of all states together: with the classes of characters they bound the time in which tables are made. */
const PLACES_MAX = 50_000

/** Operations of the engine's program; the other ones read a character. */
const ALT = 1
const ALT_MATCH = 2
const CAPTURE = 3
const EMPTY_WIDTH = 4
const FAIL = 5
const MATCH = 6
const NOP = 7
/** What assertions ask for, as the engine writes it. */
const BEGIN_LINE = 1
const END_LINE = 2
const BEGIN_TEXT = 4
const END_TEXT = 8
const WORD_BOUNDARY = 16
const NO_WORD_BOUNDARY = 32

/** In place of a character: there is none, because the text begins or ends. */
export const EDGE = -1
const NEWLINE = 10
/** The place of a match that would begin here, or end here when reading backwards. An empty match is none. */
const FRESH = 0

interface Instruction {
  op: number
  out: number
  arg: number
  runes: Int32Array
  matchRune: (rune: number) => boolean
}

/** Of the program that the engine has made, what is needed here. */
export interface Program {
  start: number
  instructions: Instruction[]
  /** Of each instruction, those from which it can be come to. */
  sources: number[][]
  hasAssertions: boolean
  /** One character of each class of characters that the program doesn't tell apart; the last one is the edge. */
  runes: number[]
  classOf: (rune: number) => number
}

/** Its entries are the state that follows, doubled, and one if a match ends (or begins) before the character. */
export interface Table {
  next: Int32Array
  /** The state to begin in, by what kind of character lies on the other side. */
  starts: number[]
}

/** The pattern would need tables that are too large. */
export class AutomatonTooLarge extends Error {}

export function readProgram({ re2Input: { prog, dfa } }: RE2JS): Program {
  const instructions = Array.from({ length: prog.numInst() }, (_, pc): Instruction => prog.getInst(pc))
  const sources: number[][] = instructions.map(() => [])
  for (const [pc, { op, out, arg }] of instructions.entries()) {
    sources[out]?.push(pc)
    if (op === ALT || op === ALT_MATCH) sources[arg]?.push(pc)
  }
  const hasAssertions = instructions.some(({ op }) => op === EMPTY_WIDTH)
  const { runes, classes } = joinClasses([0, ...dfa.classBounds], instructions, hasAssertions)
  const edge = runes.push(EDGE) - 1
  const classOf = (rune: number) => (rune === EDGE ? edge : (classes[dfa.runeClass(rune)] ?? edge))
  return { start: prog.start, instructions, sources, hasAssertions, runes, classOf }
}

/** The engine tells characters apart by ranges, of which some have hundreds; here those that are treated alike are one class.
 *  `firsts`: the first character of each range. */
function joinClasses(firsts: readonly number[], instructions: readonly Instruction[], isSided: boolean) {
  const reading = instructions.filter(({ op }) => op > NOP)
  const kinds = [...new Map(reading.map((one) => [`${one.op} ${one.arg} ${one.runes.join()}`, one])).values()]
  const known = new Map<string, number>()
  const runes: number[] = []
  const classes = firsts.map((rune) => {
    const readers = kinds.map((one) => Number(one.matchRune(rune))).join('')
    const likeness = isSided ? `${readers} ${sideOf(rune)}` : readers
    const found = known.get(likeness) ?? runes.push(rune) - 1
    known.set(likeness, found)
    return found
  })
  return { runes, classes: Uint16Array.from(classes) }
}

const NOTHING: Instruction = { op: FAIL, out: 0, arg: 0, runes: new Int32Array(0), matchRune: () => false }

/** Places in the program, in the order of preference, and the kind of the character on the side that was read. */
interface State {
  places: number[]
  side: number
  /** Whether no other match than those that are being read counts any more. */
  isDecided: boolean
}

/** Nothing follows it but itself. */
const OVER: State = { places: [], side: 0, isDecided: true }

/** What the places of a state come to before a character is read: the instructions that may read it, and whether a match is
 *  complete. */
interface Expansion {
  reading: number[]
  isHit: boolean
}

interface Direction {
  expand: (program: Program, places: readonly number[], context: number) => Expansion
  /** Where an instruction has come to by reading a character. */
  placeAfter: (pc: number, instruction: Instruction) => number
  /** What holds between the character that was read last and the next one. */
  contextOf: (read: number, next: number) => number
  /** Whether a match that is complete decides against those that would begin (or end) later. */
  decides: boolean
}

export const FORWARDS: Direction = {
  expand: expandForwards,
  placeAfter: (_pc, { out }) => out,
  contextOf: (read, next) => contextOf(read, next),
  decides: true,
}

/** Here nothing is preferred: every beginning counts. */
export const BACKWARDS: Direction = {
  expand: expandBackwards,
  placeAfter: (pc) => pc,
  contextOf: (read, next) => contextOf(next, read),
  decides: false,
}

/** Of the characters on one side of a position, all that assertions tell apart. */
const SIDES = [EDGE, NEWLINE, 0x61, 0x20] as const

export function sideOf(rune: number): number {
  if (rune === EDGE) return 0
  if (rune === NEWLINE) return 1
  return isWordRune(rune) ? 2 : 3
}

function isWordRune(rune: number): boolean {
  return (rune >= 48 && rune <= 57) || (rune >= 65 && rune <= 90) || rune === 95 || (rune >= 97 && rune <= 122)
}

function contextOf(before: number, after: number): number {
  return (
    (before === EDGE ? BEGIN_TEXT | BEGIN_LINE : 0) |
    (before === NEWLINE ? BEGIN_LINE : 0) |
    (after === EDGE ? END_TEXT | END_LINE : 0) |
    (after === NEWLINE ? END_LINE : 0) |
    (isWordRune(before) === isWordRune(after) ? NO_WORD_BOUNDARY : WORD_BOUNDARY)
  )
}

/** Where an instruction that reads nothing leads, what is preferred first. */
function leadsTo({ op, out, arg }: Instruction, context: number): number[] {
  if (op === ALT || op === ALT_MATCH) return [out, arg]
  if (op === CAPTURE || op === NOP) return [out]
  return op === EMPTY_WIDTH && (arg & ~context) === 0 ? [out] : []
}

/** Down to the match that is preferred to the rest. */
function expandForwards(program: Program, places: readonly number[], context: number): Expansion {
  const seen = new Set<number>()
  for (const place of places)
    if (comeFrom(program, place, { context, seen })) return { reading: readers(program, seen), isHit: true }
  return { reading: readers(program, seen), isHit: false }
}

/** Adds to `seen` all that is come to from a place, what is preferred first, up to a match. Whether there is one. */
function comeFrom(
  { instructions, start }: Program,
  place: number,
  { context, seen }: { context: number; seen: Set<number> },
): boolean {
  const stack = [place === FRESH ? start : place]
  for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
    if (seen.has(pc)) continue
    const instruction = instructions[pc] ?? NOTHING
    if (instruction.op === MATCH && place !== FRESH) return true
    seen.add(pc)
    stack.push(...leadsTo(instruction, context).reverse())
  }
  return false
}

function readers({ instructions }: Program, places: Iterable<number>): number[] {
  return [...places].filter((pc) => (instructions[pc] ?? NOTHING).op > NOP)
}

function expandBackwards(program: Program, places: readonly number[], context: number): Expansion {
  const { instructions, sources, start } = program
  const read = places.filter((place) => place !== FRESH)
  const isHit = allThatLead(program, read, context).has(start)
  const ends = read.length === places.length ? [] : instructions.flatMap(({ op }, pc) => (op === MATCH ? [pc] : []))
  const leading = allThatLead(program, [...read, ...ends], context)
  const before = new Set([...leading].flatMap((pc) => sources[pc] ?? []))
  return { reading: readers(program, before).sort((a, b) => a - b), isHit }
}

function allThatLead({ instructions, sources }: Program, places: readonly number[], context: number): Set<number> {
  const leading = new Set(places)
  // What is added is come to by the same loop.
  for (const pc of leading)
    for (const source of sources[pc] ?? []) {
      if (leadsTo(instructions[source] ?? NOTHING, context).includes(pc)) leading.add(source)
    }
  return leading
}

/** Every state that can be reached. */
export function makeTable(
  program: Program,
  { direction, isSearching }: { direction: Direction; isSearching: boolean },
  sizeBefore: number,
): Table {
  const { hasAssertions, instructions, runes } = program
  const states: State[] = [OVER]
  const known = new Map<string, number>()
  let places = 0
  const numberOf = (state: State): number => {
    if (state.places.length === 0) return 0
    const name = `${state.side} ${state.isDecided} ${state.places.join()}`
    const found = known.get(name)
    if (found !== undefined) return found
    known.set(name, states.length)
    places += state.places.length
    const size = sizeBefore + (states.length + 1) * runes.length
    if (size > TABLE_SIZE_MAX || places > PLACES_MAX) throw new AutomatonTooLarge()
    return states.push(state) - 1
  }
  const follow = ({ side, isDecided }: State, { reading, isHit }: Expansion, rune: number): number => {
    const isOver = isDecided || (isHit && direction.decides)
    const come = rune === EDGE ? [] : comeTo(instructions, reading, { rune, direction })
    const next = isOver || rune === EDGE ? come : [...come, FRESH]
    const number = numberOf({ places: next, side: hasAssertions ? sideOf(rune) : side, isDecided: isOver })
    return number * 2 + Number(isHit)
  }
  const starts = SIDES.map((_, side) =>
    numberOf({ places: [FRESH], side: hasAssertions ? side : 0, isDecided: !isSearching }),
  )
  const next = runes.map(() => 0)
  for (let at = 1; at < states.length; at += 1) {
    const state = states[at] ?? OVER
    const expansions = new Map<number, Expansion>()
    for (const rune of runes) {
      const context = hasAssertions ? direction.contextOf(SIDES[state.side] ?? EDGE, rune) : 0
      const expansion = expansions.get(context) ?? direction.expand(program, state.places, context)
      expansions.set(context, expansion)
      next.push(follow(state, expansion, rune))
    }
  }
  return { next: Int32Array.from(next), starts }
}

/** Where the instructions that read the character come to, each place once. */
function comeTo(
  instructions: readonly Instruction[],
  reading: readonly number[],
  { rune, direction }: { rune: number; direction: Direction },
): number[] {
  const places = reading.flatMap((pc) => {
    const instruction = instructions[pc] ?? NOTHING
    return instruction.matchRune(rune) ? [direction.placeAfter(pc, instruction)] : []
  })
  return [...new Set(places)]
}
