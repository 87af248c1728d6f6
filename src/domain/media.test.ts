import { expect, test } from 'vitest'
import { kindOfFetched, readDataUrl } from './media.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex')

test('a data URL holds its type and its bytes', () => {
  const base64 = PNG.toString('base64')
  expect(readDataUrl(`data:image/PNG;base64,${base64}`)).toEqual({ contentType: 'image/png', base64 })
  expect(readDataUrl('data:text/plain;charset=utf-8,a%20b')).toEqual({ contentType: 'text/plain', base64: 'YSBi' })
  expect(readDataUrl('https://example.test/a.png')).toBeUndefined()
})

test.each([
  ['data:application/x-sh;base64,AAAA', 'not supported'],
  ['data:;base64,AAAA', 'no known type'],
  ['data:image/png;base64,####', 'not valid base64'],
  ['data:text/plain,%E0%A4%A', 'not validly encoded'],
])('%s is refused: %s', (url, problem) => {
  expect(() => readDataUrl(url)).toThrow(problem)
})

test('what a server calls it counts, and where it says nothing the first bytes do', () => {
  expect(kindOfFetched('image/jpg; charset=binary', PNG)).toBe('image/jpeg')
  expect(kindOfFetched('application/octet-stream', PNG)).toBe('image/png')
  expect(kindOfFetched(undefined, Buffer.from('%PDF-1.7'))).toBe('application/pdf')
  expect(() => kindOfFetched('text', PNG)).toThrow('not supported')
  expect(() => kindOfFetched(undefined, Buffer.from('hello'))).toThrow('no known type')
  expect(() => kindOfFetched('application/json', PNG)).toThrow('not supported')
})
