import { expect, test } from 'vitest'
import { joinSpans, type Span } from './spans.ts'
import { makeWordList } from './word-list.ts'

function everyFind(words: readonly string[], text: string): Span[] {
  const found: Span[] = []
  for (const word of words)
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
      found.push({ start: at, end: at + word.length })
  return joinSpans(found)
}

test.each([
  [['he', 'she', 'his', 'hers'], 'ushers his'],
  [['a', 'ab', 'bab', 'bc', 'bca', 'c', 'caa'], 'abccabaabca'],
  [['aa'], 'aaaaa a aa'],
  [['abcd', 'bc'], 'abce abcd'],
  [['😀', '\ud83d'], 'x😀y'],
  [['nothing'], 'of the kind'],
])('%j covers what each word alone would cover: %s', (words, text) => {
  expect(makeWordList(words).find(text, 1_000)).toEqual(everyFind(words, text))
})

test('of thousands of words, too', () => {
  const words = Array.from({ length: 5_000 }, (_, at) => (at * 7_919).toString(36))
  const text = Array.from({ length: 3_000 }, (_, at) => (at * 104_729).toString(36)).join(' ')
  expect(makeWordList(words).find(text, 100_000)).toEqual(everyFind(words, text))
})

test('a word that almost occurs everywhere takes no longer than another', () => {
  const word = `b${'a'.repeat(50_000)}`
  expect(makeWordList([word, `${'a'.repeat(40_000)}c`]).find('a'.repeat(1_000_000), 10)).toEqual([])
})

test('after as many spans as are wanted the rest counts as found', () => {
  expect(makeWordList(['x']).find('x.x.x.x', 2)).toEqual([
    { start: 0, end: 1 },
    { start: 2, end: 7 },
  ])
})
