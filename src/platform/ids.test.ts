import { expect, test } from 'vitest'
import { generationIdTime, isUuid, newGenerationId, newRequestId, randomAlphanumeric, uuidV5 } from './ids.ts'

test('a generation id carries its second', () => {
  const id = newGenerationId(1_764_000_000_999)
  expect(id).toMatch(/^gen-1764000000-[A-Za-z0-9]{20}$/)
  expect(generationIdTime(id)).toBe(1_764_000_000_000)
  expect(generationIdTime('gen-x')).toBeUndefined()
})

test('request ids have their own prefix', () => expect(newRequestId(1_000)).toMatch(/^req-1-[A-Za-z0-9]{20}$/))

test('random text uses the whole alphabet', () => {
  expect(new Set(randomAlphanumeric(20_000)).size).toBe(62)
})

test('version 5 UUIDs are those of RFC 9562', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  expect(isUuid(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'x'))).toBe(true)
})
