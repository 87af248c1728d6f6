import { expect, test } from 'vitest'
import { MEDIUM_TOKENS, tokensOfFetched, tokensOfFile } from './media-tokens.ts'

const pdfOf = (pages: number) => Buffer.from(`%PDF-1.4\n${'<</Type/Page>>\n'.repeat(pages)}`).toString('base64')
const asFile = (base64: string, kind = 'application/pdf') => `data:${kind};base64,${base64}`

test.each([
  ['of few pages', asFile(pdfOf(4)), 0],
  ['of many', asFile(pdfOf(100)), 480_000],
  ['that says it is something else', asFile(pdfOf(100), 'text/plain'), 480_000],
  ['as base64 alone', pdfOf(100), 480_000],
])(
  'a PDF in a request counts by its pages where these are more than any medium counts: one %s',
  (_name, file, expected) => {
    expect(tokensOfFile(file)).toBe(expected)
  },
)

test.each(['https://files.test/a.pdf', asFile('AAAA', 'text/plain'), '', 'data:application/pdf'])(
  'what is no PDF in the request counts as any medium does: %s',
  (file) => {
    expect(tokensOfFile(file)).toBe(0)
  },
)

test('what was fetched counts by its bytes too, which are not in the request that was weighed; a picture does not', () => {
  const pdf = pdfOf(100)
  expect(tokensOfFetched({ contentType: 'application/pdf', base64: pdf })).toBe(480_000 + pdf.length)
  const base64 = 'A'.repeat(MEDIUM_TOKENS + 7)
  expect(tokensOfFetched({ contentType: 'text/plain', base64 })).toBe(7)
  expect(tokensOfFetched({ contentType: 'text/plain', base64: 'AAAA' })).toBe(0)
  expect(tokensOfFetched({ contentType: 'image/png', base64 })).toBe(0)
})
