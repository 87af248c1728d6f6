import { expect, test } from 'vitest'
import { AppError } from './app-error.ts'
import { compileCustomPattern, PROGRAM_SIZE_MAX } from './custom-pattern.ts'
import { joinSpans } from './spans.ts'

const found = (pattern: string, text: string) =>
  compileCustomPattern(pattern)
    .find(text)
    .map(({ start, end }) => text.slice(start, end))

test.each([
  ['PRJ-[0-9]+', 'see PRJ-12 and PRJ-3', ['PRJ-12', 'PRJ-3']],
  ['(?:\\d{1,3}\\.){3}\\d{1,3}', 'at 10.0.0.1 now', ['10.0.0.1']],
  ['\\u0041+', 'xAAx', ['AA']],
  ['(?<year>\\d{4})-\\d\\d', '2026-08', ['2026-08']],
  ['(?i)secret', 'SeCrEt', ['SeCrEt']],
  ['alpha|beta', 'beta, alpha', ['beta', 'alpha']],
  ['[(+*]x', '(x *x', ['(x', '*x']],
  ['a{2,}', 'aaa', ['aaa']],
  ['(a+)?b', 'aab b', ['aab', 'b']],
  ['😀+', 'a😀😀b', ['😀😀']],
])('%s finds what JavaScript finds', (pattern, text, expected) => {
  expect(found(pattern, text)).toEqual(expected)
  expect(text.match(new RegExp(pattern.replace('(?i)', ''), pattern.startsWith('(?i)') ? 'giu' : 'gu'))).toEqual(
    expected,
  )
})

test('an empty match is no match', () => {
  expect(found('x*', 'abxc')).toEqual(['x'])
  expect(found('|a|', 'ba')).toEqual(['a'])
})

test.each([
  ['(', 'missing closing'],
  ['[a', 'missing closing'],
  ['a**', 'nested'],
  ['(?=a)b', 'look-ahead'],
  ['(?!a)b', 'look-ahead'],
  ['(?<=a)b', 'look-behind'],
  ['(?<!a)b', 'look-behind'],
  ['(a)\\1', 'back-reference'],
  ['(?<n>a)\\k<n>', 'back-reference'],
  ['(a+)+$', 'quantifier over a quantifier'],
  ['(?:(?:a*)b)*', 'quantifier over a quantifier'],
  ['((\\w+)\\s?){2,}', 'quantifier over a quantifier'],
  ['(?:[a-z]{100}[0-9]{100}){20}', 'steps|repeat'],
  ['\\d{1,1000}{1,1000}', 'repeat|nested'],
  [`${'a?'.repeat(PROGRAM_SIZE_MAX)}`, 'steps'],
  ['[ab]*a[ab]{12}', 'too many steps on some texts'],
  [`${'('.repeat(2_000)}a${')'.repeat(2_000)}`, 'nests too deeply|steps'],
  ['['.repeat(100_000), 'missing closing'],
])('refused, and the field is named: case %#', (pattern, why) => {
  const compile = () => compileCustomPattern(pattern, 'content_filters.0.pattern')
  expect(compile).toThrow(AppError)
  expect(compile).toThrow(new RegExp(`^content_filters\\.0\\.pattern: .*(${why})`))
})

/** Patterns that take a backtracking engine exponential or polynomial time, on the texts that make them do so. */
const CATASTROPHIC: [string, string][] = [
  ['(a|a)*b', 'a'.repeat(8_192)],
  ['(a|aa)+$', `${'a'.repeat(8_192)}!`],
  ['(.*)(.*)(.*)x', 'y'.repeat(8_192)],
  ['\\s+$', `${' '.repeat(8_192)}x`],
  ['[a-z]+[a-z]+[a-z]+#', 'q'.repeat(8_192)],
  ['.*.*=.*', '='.repeat(4_096)],
]

test.each(CATASTROPHIC)('%s ends on a text that ruins a backtracking engine', (pattern, text) => {
  expect(compileCustomPattern(pattern).find(text).length).toBeLessThanOrEqual(text.length)
})

test('a list of many words is allowed, whatever its length', () => {
  const words = Array.from({ length: 10_000 }, (_, index) => `word${index}`)
  expect(found(words.join('|'), 'say word42 twice')).toEqual(['word42'])
})

test('overlapping spans become one', () => {
  const spans = [
    { start: 5, end: 7 },
    { start: 0, end: 3 },
    { start: 2, end: 4 },
    { start: 4, end: 5 },
  ]
  expect(joinSpans(spans)).toEqual([
    { start: 0, end: 4 },
    { start: 4, end: 5 },
    { start: 5, end: 7 },
  ])
})
