import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

test('a password opens its own hash and no other', async () => {
  const hash = await hashPassword('correct horse battery')
  expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
  expect(await verifyPassword(hash, 'correct horse battery')).toBe(true)
  expect(await verifyPassword(hash, 'correct horse batter')).toBe(false)
  expect(await hashPassword('correct horse battery')).not.toBe(hash)
})

test('however its letters are composed, a password is the same', async () => {
  const hash = await hashPassword('Caf\u00e9 au lait, 12')
  expect(await verifyPassword(hash, 'Cafe\u0301 au lait, 12')).toBe(true)
})

test('a text that is no hash of ours is a fault, not a wrong password', async () => {
  await expect(verifyPassword('plain', 'plain')).rejects.toThrow()
})

test('more at a time than there are turns are all answered', async () => {
  const hash = await hashPassword('one of several')
  const answers = await Promise.all(['one of several', 'b', 'c', 'd'].map((password) => verifyPassword(hash, password)))
  expect(answers).toEqual([true, false, false, false])
})
