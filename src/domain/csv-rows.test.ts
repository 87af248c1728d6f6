import { expect, test } from 'vitest'
import { toCsvLine } from './csv.ts'
import { CsvFault, parseCsv } from './csv-rows.ts'

const cellsOf = (text: string) => parseCsv(text).map(({ cells }) => cells)

test('commas, quotes and line ends inside quotes belong to their cell, and rows know where they begin', () => {
  expect(parseCsv('a,b\r\n"1,5","say ""hi"""\r\n"two\r\nlines",x\nlast,\n')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1,5', 'say "hi"'] },
    { line: 3, cells: ['two\r\nlines', 'x'] },
    { line: 5, cells: ['last', ''] },
  ])
})

test('a byte order mark, empty lines and a missing end of the last line change nothing', () => {
  expect(cellsOf('\uFEFFa,b\n\n1,2\r\r\n3,4')).toEqual([
    ['a', 'b'],
    ['1', '2'],
    ['3', '4'],
  ])
  expect(cellsOf('')).toEqual([])
  expect(cellsOf('""\n')).toEqual([['']])
})

test('what is written is read again', () => {
  const cells = ['plain', 'a,b', 'say "hi"', 'two\nlines', '', '""', 'é']
  expect(cellsOf(toCsvLine(cells))).toEqual([cells])
})

test('a cell of megabytes is read', () => {
  const long = `${'x""'.repeat(1_000_000)}`
  expect(cellsOf(`"${long}",b`)).toEqual([['x"'.repeat(1_000_000), 'b']])
})

test.each([
  ['a quote that never ends', 'a,b\n1,"2\n3,4\n', /line 2/],
  ['a quote inside a plain cell', 'a,b\n1,2"3\n', /line 2/],
  ['something behind a quoted cell', 'a\n"1"2\n', /line 2/],
])('%s is an error that names its line', (_name, text, message) => {
  expect(() => parseCsv(text)).toThrow(CsvFault)
  expect(() => parseCsv(text)).toThrow(message)
})
