import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findCookie, readSessionToken, sessionCookieName, signSessionToken } from './session-cookie.ts'

const KEY = randomBytes(32)

describe('the name of the cookie', () => {
  test.each([
    ['https://switchyard.example.com', '__Host-switchyard.session'],
    ['http://127.0.0.1:8787', 'switchyard.session'],
    ['http://localhost:8787', 'switchyard.session'],
    ['http://[::1]:8787', 'switchyard.session'],
    ['http://switchyard.example.com', undefined],
    ['http://127.0.0.1.example.com', undefined],
  ])('%s: %s', (url, name) => expect(sessionCookieName(url)).toBe(name))
})

describe('the signature', () => {
  test('a signed token comes back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,64}$/), (token) => {
        expect(readSessionToken(signSessionToken(token, KEY), [KEY])).toBe(token)
      }),
    )
  })

  test('a token whose signature is missing, cut, of another token or of another key is nobody', () => {
    const signed = signSessionToken('token', KEY)
    const foreign = [
      '',
      'token',
      'token.',
      '.',
      signed.slice(0, -3),
      `x${signed}`,
      signed.replace('token', 'other'),
      signSessionToken('token', randomBytes(32)),
    ]
    expect(foreign.filter((value) => readSessionToken(value, [KEY]) !== undefined)).toEqual([])
  })

  test('no character of it is beside the point, not even the last, of which two bits are', () => {
    const signed = signSessionToken('token', KEY)
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ '].filter(
      (character) => character !== signed.at(-1),
    )
    const taken = others.filter((character) => readSessionToken(signed.slice(0, -1) + character, [KEY]) !== undefined)
    expect(taken).toEqual([])
    expect(readSessionToken(`${signed}=`, [KEY])).toBeUndefined()
  })
})

describe('the cookie header', () => {
  test.each([
    ['a=1; switchyard.session=x.y; b=2', 'x.y'],
    ['switchyard.session=x=y', 'x=y'],
    ['other-switchyard.session=x', undefined],
    ['', undefined],
    [undefined, undefined],
    [`switchyard.session=x; ${'a'.repeat(20_000)}`, undefined],
  ])('%#', (header, value) => expect(findCookie(header, 'switchyard.session')).toBe(value))
})
