import { expect, test } from 'vitest'
import { MEDIUM_TOKENS, tokensOfFetched } from '../../dialects/media-tokens.ts'
import { countPages } from '../../domain/pdf-pages.ts'
import { LargeBodyParser } from './large-body-parser.ts'
import { LARGE_BODY_BYTES } from './read-body.ts'
import { weighFetched } from './weigh-media.ts'

const parser = new LargeBodyParser()
const PAGE = '1 0 obj\r\n<</Type  /Page /Parent 2 0 R>>\r\nendobj\r\n'
const STREAM = 'stream\n\xff\x00\x80\nendstream\n'
const PAGE_TOKENS = 5_000
const LONG = 'x'.repeat(LARGE_BODY_BYTES)

const ODD: readonly (readonly [name: string, pdf: string])[] = [
  ['empty', ''],
  ['a head alone', '%PDF-1.4'],
  ['no PDF', '<!doctype html><title>Not found</title>'],
  ['bytes of no text', Array.from({ length: 1_024 }, (_, at) => String.fromCharCode(at % 256)).join('')],
  ['some pages', `%PDF-1.4\n${PAGE.repeat(7)}`],
  ['a told count', `%PDF-1.4\n<</Type/Pages /Count 600>>\n${PAGE}`],
  ['a told count that is absurd', '%PDF-1.4\n<</Type/Pages /Count 99999999>>'],
  ['packed descriptions', `%PDF-1.5\n<</Type/ObjStm /N 9>>${STREAM}${`<</Length 3>>${STREAM}`.repeat(9)}`],
  ['packed descriptions of pictures alone', `%PDF-1.5\n<</Type/ObjStm>>${STREAM}<</Subtype/Image>>${STREAM}`],
  ['cut within a word', `%PDF-1.4\n${PAGE}<</Type /Pag`],
  ['words far apart', `%PDF-1.4\n/Type${' '.repeat(9)}/Page /Count${' '.repeat(9)}7`],
]

test.each(ODD)('the thread counts the pages that this one would: %s', async (_name, pdf) => {
  expect(await parser.countPages(Buffer.from(pdf, 'latin1'))).toBe(countPages(pdf))
})

test.each(ODD)('a long document counts for what it would if it were weighed here: %s', async (_name, pdf) => {
  const media = { contentType: 'application/pdf', base64: Buffer.from(pdf + LONG, 'latin1').toString('base64') }
  expect(await weighFetched(media, parser)).toBe(tokensOfFetched(media))
})

test('only long documents are weighed elsewhere, and that for the pages that were counted there', async () => {
  const asked: number[] = []
  const counter = {
    countPages: async ({ length }: Buffer) => {
      asked.push(length)
      return 1_000
    },
  }
  const weigh = (contentType: string, text: string) => weighFetched({ contentType, base64: btoa(text) }, counter)
  const tenPages = `%PDF-1.4\n${PAGE.repeat(10)}`
  const short = await weigh('application/pdf', tenPages)
  const others = [await weigh('image/png', LONG), await weigh('text/plain', LONG)]
  expect(asked).toEqual([])
  expect(short).toBe(btoa(tenPages).length + 10 * PAGE_TOKENS - MEDIUM_TOKENS)
  expect(others).toEqual([0, btoa(LONG).length - MEDIUM_TOKENS])
  const long = await weigh('application/pdf', LONG)
  expect(asked).toEqual([LONG.length])
  expect(long - Number(others[1])).toBe(1_000 * PAGE_TOKENS)
})

test('what the counting fails with is not swallowed', async () => {
  const base64 = Buffer.from(LONG).toString('base64')
  const countPages = () => Promise.reject(new Error('the thread has ended'))
  await expect(weighFetched({ contentType: 'application/pdf', base64 }, { countPages })).rejects.toThrow('has ended')
})

test('documents and bodies that come together are each answered with their own', async () => {
  const body = (n: number) =>
    Buffer.from(JSON.stringify({ model: 'a/b', n, messages: [{ role: 'user', content: LONG }] }))
  const answers = await Promise.all([
    parser.countPages(Buffer.from(PAGE.repeat(3))),
    parser.parse(body(2), 'chat', null).then(({ choices }) => choices),
    parser.countPages(Buffer.from(PAGE.repeat(5))),
  ])
  expect(answers).toEqual([3, 2, 5])
})
