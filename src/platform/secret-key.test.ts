import { expect, test } from 'vitest'
import { hashSecretKey, hasValidChecksum, maskSecretKey, newSecretKey, SECRET_KEY_PATTERN } from './secret-key.ts'

test('S4 new keys match the published pattern, carry their checksum and never repeat', () => {
  const keys = new Set(Array.from({ length: 10_000 }, newSecretKey))
  expect(keys.size).toBe(10_000)
  for (const key of keys) expect(SECRET_KEY_PATTERN.test(key) && hasValidChecksum(key)).toBe(true)
})

test('S4 the checksum refuses every change of one character', () => {
  const key = newSecretKey()
  for (let at = 'sk-or-v1-'.length; at < key.length; at += 1) {
    for (const digit of '0123456789abcdef') {
      if (digit !== key[at]) expect(hasValidChecksum(key.slice(0, at) + digit + key.slice(at + 1))).toBe(false)
    }
  }
})

test('a label shows six characters of the secret', () => {
  const key = `sk-or-v1-abc${'0'.repeat(58)}123`
  expect(maskSecretKey(key)).toBe('sk-or-v1-abc...123')
})

test('the hash is the SHA-256 of the whole key', () => {
  expect(hashSecretKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
