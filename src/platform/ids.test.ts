import { expect, test } from 'vitest'
import { generationIdTime, isUuid, newGenerationId, newRequestId, randomAlphanumeric, uuidV5 } from './ids.ts'

test('a generation id carries its second', () => {
  const id = newGenerationId(1_764_000_000_999)
  expect(id).toMatch(/^gen-1764000000-[A-Za-z0-9]{20}$/)
  expect(generationIdTime(id)).toBe(1_764_000_000_000)
  expect(generationIdTime('gen-x')).toBeUndefined()
})

test('request ids have their own prefix', () => expect(newRequestId(1_000)).toMatch(/^req-1-[A-Za-z0-9]{20}$/))

test('random text has the length that is asked for, uses the whole alphabet and nothing else', () => {
  const texts = Array.from({ length: 2_000 }, (_, at) => randomAlphanumeric(at % 100))
  expect(texts.map(({ length }) => length)).toEqual(texts.map((_, at) => at % 100))
  expect([...new Set(texts.join(''))].sort().join('')).toMatch(/^[0-9]{10}[A-Z]{26}[a-z]{26}$/)
  expect(new Set(texts.filter(({ length }) => length > 20)).size).toBe(texts.filter(({ length }) => length > 20).length)
})

test('version 5 UUIDs are those of RFC 9562', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  expect(isUuid(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'x'))).toBe(true)
})
