import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { makeAutomaton } from './pattern-automaton.ts'
import { AutomatonTooLarge } from './pattern-tables.ts'

const found = (pattern: string, text: string) =>
  makeAutomaton(RE2JS.compile(RE2JS.translateRegExp(pattern)))
    .find(text)
    .map(({ start, end }) => text.slice(start, end))

test.each([
  ['what is preferred, not what is longest', 'a|ab', 'xab', ['a']],
  ['as much as it may', 'a+', 'xaaab', ['aaa']],
  ['as little as it must', 'a+?b?', 'aab', ['a', 'ab']],
  ['from its first beginning', '[ab]+b', 'cabab', ['abab']],
  ['words, by what stands around them', '\\bcat\\b', 'cat concat cat', ['cat', 'cat']],
  ['what is inside of words', '\\Bat', 'at cat', ['at']],
  ['only at the beginning', '^a', 'aa', ['a']],
  ['only at the end', 'a$', 'aa', ['a']],
  ['lines where it is told to', '(?m)^a$', 'a\na\nb', ['a', 'a']],
  ['characters outside the first plane', '😀.', 'x😀😀😀y', ['😀😀', '😀y']],
  ['what reading forwards would take immense tables', '4[0-9]{12}(?:[0-9]{3})?', '44444444444444 x', ['4444444444444']],
  ['nothing empty', 'a*|b', 'cab', ['a', 'b']],
])('finds %s', (_name, pattern, text, expected) => expect(found(pattern, text)).toEqual(expected))

/** The same sequence each time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const ATOMS = [
  'a',
  'b',
  'ab',
  '[ab]',
  '[^a]',
  '.',
  '\\d',
  '\\w',
  '1',
  ' ',
  '\\b',
  '(?:a|b1)',
  '(?:ab|a)',
  '(?:1|ba)?',
  '$',
  '^a',
]
const REPEATS = ['', '', '', '+', '+?', '?', '??', '{2}', '{1,3}', '{2,3}?', '*', '*?']

test('finds what JavaScript finds, of 1,500 patterns in as many texts', () => {
  const random = randomFrom(20_260_821)
  const pick = (list: readonly string[]) => list[random(list.length)] ?? ''
  let compared = 0
  for (let round = 0; round < 1_500; round += 1) {
    const parts = Array.from({ length: 1 + random(4) }, () => {
      const atom = pick(ATOMS)
      return /\\b$|\$$|\?$/.test(atom) ? atom : atom + pick(REPEATS)
    })
    const pattern = random(4) === 0 ? `${parts.join('')}|${pick(ATOMS)}` : parts.join('')
    const text = Array.from({ length: random(24) }, () => pick(['a', 'a', 'b', '1', ' ', '\n', 'é'])).join('')
    const matches = [...text.matchAll(new RegExp(pattern, 'gu'))].map(([match]) => match)
    // Of patterns that can match nothing at all, JavaScript prefers that nothing in some places.
    if (matches.includes('') || new RegExp(`^(?:${pattern})$`, 'u').test('')) continue
    compared += 1
    expect([pattern, text, found(pattern, text)]).toEqual([pattern, text, matches])
  }
  expect(compared).toBeGreaterThan(500)
})

test('a search that reads on and on behind its matches is cut short: the rest of the text counts as found', () => {
  const text = 'a'.repeat(200_000)
  const spans = makeAutomaton(RE2JS.compile('(?:a.*b)|a')).find(text)
  expect(spans.at(-1)?.end).toBe(text.length)
  expect(spans.length).toBeLessThan(10)
})

test('after many matches the rest of the text counts as found', () => {
  const spans = makeAutomaton(RE2JS.compile('a')).find('ab'.repeat(100_000))
  expect(spans).toHaveLength(50_000)
  expect(spans.at(-1)).toEqual({ start: 99_998, end: 200_000 })
})

test('tables that would be large in both directions are refused', () => {
  expect(() => makeAutomaton(RE2JS.compile('[ab]*a[ab]{14}'))).toThrow(AutomatonTooLarge)
})
