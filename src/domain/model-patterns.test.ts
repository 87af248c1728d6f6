import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesModel } from './model-patterns.ts'

const paid = (...names: string[]) => ({ names, isFree: false })
const free = (...names: string[]) => ({ names, isFree: true })

test.each([
  ['anthropic/claude-4', paid('anthropic/claude-4'), true],
  ['anthropic/*', paid('anthropic/claude-4'), true],
  ['anthropic/*', paid('openai/gpt-4o'), false],
  ['anthropic/*', paid('not-anthropic/claude-4'), false],
  ['*-mini', paid('openai/gpt-4o-mini'), true],
  ['*/gpt-*-mini', paid('openai/gpt-4o-mini'), true],
  ['*/gpt-*-mini', paid('openai/gpt-4o-mini-2'), false],
  ['a*b*c', paid('a-b-b-c'), true],
  ['a*b*c', paid('a-c-b'), false],
  ['*', paid('anything/at-all'), true],
  ['**', paid('anything/at-all'), true],
  ['openai/gpt-4o', paid('openai/gpt-4o-2024', 'openai/gpt-4o'), true],
  ['*:free', free('sim/echo'), true],
  ['*:free', paid('sim/lorem'), false],
  ['*:free', paid('meta/llama:free'), true],
  ['sim/*:free', free('sim/echo'), true],
  ['meta/*:free', free('sim/echo'), false],
  ['free', free('sim/echo'), true],
  ['free', paid('sim/lorem'), false],
  ['', paid('x'), false],
  // What a regular expression would mean by it, a pattern does not.
  ['openai/gpt.4o', paid('openai/gpt-4o'), false],
])('%s of %o is %s', (pattern, model, expected) => expect(matchesModel([pattern], model)).toBe(expected))

test('no pattern lets nothing through, and one of several is enough', () => {
  expect(matchesModel([], paid('a/b'))).toBe(false)
  expect(matchesModel(['x/*', 'a/*'], paid('a/b'))).toBe(true)
})

test('whatever the pattern, it means what a regular expression of the same parts means', () => {
  const few = (...letters: string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.array(few('a', 'b', '*'), { maxLength: 4 }), few('a', 'b'), (patterns, name) => {
      const isMeant = patterns.some((one) => new RegExp(`^${one.replaceAll('*', '.*')}$`).test(name))
      expect(matchesModel(patterns, paid(name))).toBe(isMeant)
    }),
    { numRuns: 2_000 },
  )
})
