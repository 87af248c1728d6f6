import { expect, test } from 'vitest'
import { toCsvLine } from './csv.ts'

test('commas, quotes and line ends stay inside their cell, and nothing is an empty cell', () => {
  expect(toCsvLine(['a', null, 1.5, 'b,c', 'say "hi"', 'two\nlines', ''])).toBe(
    'a,,1.5,"b,c","say ""hi""","two\nlines",\n',
  )
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('%j is text for a spreadsheet, not a formula', (text) => {
  expect(toCsvLine([text])).toBe(`'${text}\n`)
})
