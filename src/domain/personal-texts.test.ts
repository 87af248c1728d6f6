import { expect, test } from 'vitest'
import { ADDRESS_TEXTS, NAME_TEXTS, NO_ADDRESS_TEXTS, NO_NAME_TEXTS } from '../../test/fixtures/personal-texts.ts'
import { findPersonNames } from './person-names.ts'
import { findPostalAddresses } from './postal-addresses.ts'
import type { Span } from './spans.ts'

interface Marked {
  text: string
  marks: Span[]
}

function readMarks(marked: string): Marked {
  const marks: Span[] = []
  let text = ''
  for (const piece of marked.split(/(⟦[^⟧]*⟧)/)) {
    const plain = piece.replace(/[⟦⟧]/g, '')
    if (piece !== plain) marks.push({ start: text.length, end: text.length + plain.length })
    text += plain
  }
  return { text, marks }
}

const overlaps = (a: Span, b: Span) => a.start < b.end && b.start < a.end
const covers = (a: Span, b: Span) => a.start <= b.start && b.end <= a.end

/** A mark is found when one find covers it whole; a find is right when it touches a mark. */
function score(texts: readonly string[], find: (text: string) => Span[]) {
  const missed: string[] = []
  const wrong: string[] = []
  let marks = 0
  let finds = 0
  for (const marked of texts) {
    const { text, marks: expected } = readMarks(marked)
    const found = find(text)
    marks += expected.length
    finds += found.length
    for (const mark of expected)
      if (!found.some((span) => covers(span, mark))) missed.push(text.slice(mark.start, mark.end))
    for (const span of found)
      if (!expected.some((mark) => overlaps(span, mark))) wrong.push(text.slice(span.start, span.end))
  }
  return { missed, wrong, recall: 1 - missed.length / marks, precision: 1 - wrong.length / finds }
}

test.each([
  {
    what: 'names of people',
    texts: [...NAME_TEXTS, ...NO_NAME_TEXTS],
    find: findPersonNames,
    least: { recall: 0.85, precision: 0.95 },
  },
  {
    what: 'postal addresses',
    texts: [...ADDRESS_TEXTS, ...NO_ADDRESS_TEXTS],
    find: findPostalAddresses,
    least: { recall: 0.8, precision: 0.95 },
  },
])('G1 $what are found with the precision and recall that the guide tells of', ({ what, texts, find, least }) => {
  const { recall, precision, missed, wrong } = score(texts, find)
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`
  process.stdout.write(
    `G1 ${what}: recall ${percent(recall)}, precision ${percent(precision)}; missed ${missed.join(' | ')}; wrong ${wrong.join(' | ')}\n`,
  )
  expect(recall).toBeGreaterThanOrEqual(least.recall)
  expect(precision).toBeGreaterThanOrEqual(least.precision)
})

/** What a pattern could be made to try over and over, a quarter of a megabyte of each. */
const HOSTILE = [
  'A',
  'a',
  'A ',
  'A-',
  "A'A",
  'Mr ',
  'Mr. Dr. ',
  'my name is ',
  'John van der de la ',
  'John Smith ',
  'Dear A',
  '\n    Dear ',
  '1 A ',
  '1 Street ',
  '12 Aa Aa Aa Aa Street, Aa Aa Aa Aa\n',
  '1, ',
  ', Aa',
  'Aa 1 ',
  'Aa-Aa-',
  'Straße ',
  'P. O. Box 1 ',
  '1 1 1 1 ',
  'Aa Aa aa 1a-1 ',
  '\n',
  ' ',
]

test.each(HOSTILE)('a text of nothing but %j is read to its end', (unit) => {
  const text = unit.repeat(Math.ceil(262_144 / unit.length))
  for (const find of [findPersonNames, findPostalAddresses]) {
    for (const { start, end } of find(text)) expect(start).toBeLessThan(end)
  }
})

test('finds are in order and do not overlap', () => {
  const text = [...NAME_TEXTS, ...ADDRESS_TEXTS].map((marked) => readMarks(marked).text).join('\n\n')
  for (const find of [findPersonNames, findPostalAddresses]) {
    const found = find(text)
    for (const [at, span] of found.entries()) expect(span.start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0)
  }
})
