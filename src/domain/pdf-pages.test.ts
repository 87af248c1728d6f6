import { expect, test } from 'vitest'
import { countPages } from './pdf-pages.ts'

const STREAM = 'stream\nx\nendstream\nendobj\n'
const page = (at: number) => `${at} 0 obj\n<</Type/Page /Parent 2 0 R>>\nendobj\n`
const content = (at: number) => `${at} 0 obj\n<</Length 1>>\n${STREAM}`
const pages = (count: number, one: (at: number) => string) => Array.from({ length: count }, (_, at) => one(at)).join('')

test.each([
  ['those that it describes', `%PDF-1.4\n2 0 obj <</Type /Pages /Kids []>>\n${pages(7, page)}${pages(9, content)}`, 7],
  [
    'those that it says it has, where these are more',
    `%PDF-1.4\n<< /Type /Pages /Count 600 >>\n${pages(2, page)}`,
    600,
  ],
  [
    'streams that may be pages, where descriptions are packed',
    `%PDF-1.5\n<</Type/ObjStm /N 9>>${STREAM}<</Type /XRef>>${STREAM}<</Subtype/Image>>${STREAM}<</Length1 5>>${STREAM}${pages(9, content)}`,
    9,
  ],
  ['one, where nothing tells', '%PDF-1.4', 1],
])('the pages of a PDF are %s', (_name, pdf, expected) => {
  expect(countPages(pdf)).toBe(expected)
})
