import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { SealBroken, seal, unseal } from './sealing.ts'

const key = randomBytes(32)

test.each(['', 'secret', 'ünï 😀', 'x'.repeat(100_000)])('what was sealed is opened again, exactly', (text) => {
  expect(unseal(key, 'org/table/row/column', seal(key, 'org/table/row/column', text)).toString()).toBe(text)
})

test('a sealed text shows nothing of the secret and is another each time', () => {
  const sealed = new Set(Array.from({ length: 20_000 }, () => seal(key, 'p', 'the-secret')))
  expect(sealed.size).toBe(20_000)
  expect(new Set([...sealed].map((text) => text.split('.')[1])).size).toBe(20_000)
  expect([...sealed].some((text) => text.includes('the-secret'))).toBe(false)
})

test('S9: no nonce comes twice in as many sealed texts as one key will ever see', () => {
  const count = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 1_000_000 : 100_000
  const nonces = new Set<string>()
  for (let at = 0; at < count; at += 1) nonces.add(seal(key, 'p', 'x').slice(3, 19))
  expect(nonces.size).toBe(count)
})

test('it opens neither in another place nor with another key', () => {
  const sealed = seal(key, 'a', 'secret')
  expect(() => unseal(key, 'b', sealed)).toThrow(SealBroken)
  expect(() => unseal(randomBytes(32), 'a', sealed)).toThrow(SealBroken)
})

test('a change of any character is noticed', () => {
  const sealed = seal(key, 'a', 'secret')
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
    // The last character of a base64url text may have bits that stand for nothing.
    if (
      Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(Buffer.from(sealed.split('.')[2] ?? '', 'base64url'))
    )
      if (changed.split('.')[1] === sealed.split('.')[1] && changed.startsWith('v1.')) continue
    expect(() => unseal(key, 'a', changed)).toThrow(SealBroken)
  }
})
