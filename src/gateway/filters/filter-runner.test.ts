import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { AppError } from '../../domain/app-error.ts'
import { compileContentFilters, type FilterResult, type FilterSet } from '../../domain/content-filters.ts'
import { compileCustomPattern } from '../../domain/custom-pattern.ts'
import type { Observation } from '../../observe/observation.ts'
import type { FilterPoolOptions } from './filter-pool.ts'
import { FilterRunner } from './filter-runner.ts'

const MEBIBYTE = 1_048_576
let told: Observation[] = []
afterEach(() => {
  told = []
})

const start = (options: Partial<FilterPoolOptions> = {}) => new FilterRunner((one) => void told.push(one), options)

function patterns(...list: string[]): FilterSet {
  return { filters: list.map((pattern) => ({ pattern, action: 'redact', label: null })), builtins: [], phrases: [] }
}

const from = (text: string) => [{ text, isFromUser: true }]

/** So many that they take a second, each of which is as fast as any. */
const SLOW = patterns(...Array.from({ length: 150 }, (_, at) => `[ab]${at}|a{${(at % 20) + 2}}b`))
const AS = 'a'.repeat(MEBIBYTE)
const MANY_AS = AS.repeat(4)

/** Patterns that take a backtracking engine exponential or polynomial time, or a linear one many states. */
const CORPUS: [string, string][] = [
  ['(a+)+$', 'a'],
  ['([a-zA-Z]+)*$', 'a'],
  ['(a|a)*b', 'a'],
  ['(a|aa)+$', 'a'],
  ['(.*)(.*)(.*)x', 'y'],
  ['(.*a){20}', 'a'],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'],
  ['\\s+$', ' '],
  ['[a-z]+[a-z]+[a-z]+#', 'q'],
  ['.*.*=.*', '='],
  ['(?:a?){100}a{100}', 'a'],
  ['(a?){300}a{300}b', 'a'],
  ['(?:a?){600}a{600}', 'a'],
  ['a.{600}c', 'a'],
  ['[ab]*a[ab]{300}c', 'ab'],
  ['(x|y|z)[a-z]{1,200}q', 'xyz'],
  ['.{0,1000}.{0,1000}x', 'x'],
  ['\\b(a|b|ab){0,300}\\b!', 'ab!'],
]

test.each(CORPUS)('H5 %s over 1 MB is refused when it is stored, or keeps nobody waiting', async (pattern, unit) => {
  const text = `${unit.repeat(MEBIBYTE).slice(0, MEBIBYTE - 1)}!`
  try {
    compileCustomPattern(pattern)
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'invalid_regex_pattern', message: expect.stringMatching(/: .{10}/) })
    return
  }
  const { result, turns } = await countTurns(start().run(patterns(pattern), from(text)))
  expect(['done', 'timed_out']).toContain(result.kind)
  expect(turns).toBeGreaterThan(10)
})

/** How often something else had its turn in this process until there was a result. */
async function countTurns(running: Promise<FilterResult>): Promise<{ result: FilterResult; turns: number }> {
  let result: FilterResult | undefined
  void running.then((value) => {
    result = value
  })
  for (let turns = 0; ; turns += 1) {
    if (result !== undefined) return { result, turns }
    await nextTurn()
  }
}

test('a thread finds what would be found here', async () => {
  const set: FilterSet = {
    ...patterns('PRJ-[0-9]+', 'alpha|beta'),
    builtins: [{ slug: 'email', action: 'redact', scanScope: 'all_messages' }],
  }
  const texts = from(`ask a@b.de of PRJ-7 ${'and so on '.repeat(30_000)} beta`)
  const runner = start({ limitMs: 60_000 })
  const expected = compileContentFilters(set).run(texts)
  for (let round = 0; round < 3; round += 1) {
    expect(await runner.run(set, texts)).toEqual({ kind: 'done', outcome: expected })
  }
})

test('what takes too long has timed out and is told of, and the next run is answered', async () => {
  const runner = start()
  expect(await runner.run(SLOW, from(MANY_AS))).toEqual({ kind: 'timed_out' })
  expect(told).toEqual([{ type: 'filters_timed_out', reason: 'time' }])
  const next = await start({ limitMs: 60_000 }).run(patterns('b'), from(`${AS}b`))
  expect(next).toMatchObject({ kind: 'done', outcome: { finds: [{ start: MEBIBYTE }] } })
})

test('the thread after one that was ended answers for the same runner', async () => {
  const runner = start({ threads: 1, limitMs: 500 })
  expect((await runner.run(SLOW, from(MANY_AS))).kind).toBe('timed_out')
  expect((await runner.run(patterns('b'), from(`${AS}b`))).kind).toBe('done')
})

test('runs that find no thread have timed out, each once, and none is lost', async () => {
  const runner = start({ threads: 1, waitingMax: 3, waitMs: 1, startMs: 5_000 })
  const set = SLOW
  const results = await Promise.all(Array.from({ length: 8 }, () => runner.run(set, from(MANY_AS))))
  expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'timed_out'))
  expect(told.length).toBe(8)
})

test('many runs of many sets are each answered by their own', async () => {
  const runner = start({ limitMs: 60_000, waitMs: 60_000 })
  const sets = Array.from({ length: 250 }, (_, at) => patterns(`mark${at}`))
  const long = '. '.repeat(40_000)
  for (let round = 0; round < 2; round += 1) {
    const results = await Promise.all(sets.map((set, at) => runner.run(set, from(`${long}mark${at}!`))))
    expect(results.map((result) => result.kind === 'done' && result.outcome.texts[0])).toEqual(
      sets.map(() => `${long}[REDACTED]!`),
    )
  }
})

test('after a rest, in which its thread has ended, a runner answers again', async () => {
  const runner = start({ limitMs: 60_000, idleMs: 1 })
  for (let round = 0; round < 3; round += 1) {
    expect((await runner.run(patterns('b'), from(`${AS}b`))).kind).toBe('done')
    await new Promise((resolve) => setTimeout(resolve, 50 * round))
  }
  expect(told).toEqual([])
})

test('short texts and cheap patterns are answered without a thread', async () => {
  const runner = start({ threads: 0 })
  expect((await runner.run(patterns('b+'), from('abba'))).kind).toBe('done')
})
