import { expect, test } from 'vitest'
import { perMillion, perToken } from './token-price.ts'

test.each([
  ['0.00000015', '0.15'],
  ['0.000001', '1'],
  ['0.000015', '15'],
  ['0.0000000001', '0.0001'],
  ['0.000000000000001', '0.000000001'],
  ['0', '0'],
  ['2', '2000000'],
])('%s of a dollar a token is %s a million, and back', (one, million) => {
  expect(perMillion(one)).toBe(million)
  expect(perToken(million)).toBe(one)
})

test('an exponent is read, and zeros that say nothing are left out', () => {
  expect(perMillion('1.5e-7')).toBe('0.15')
  expect(perToken('0.150')).toBe('0.00000015')
  expect(perToken('003.')).toBe('0.000003')
})

test('what is no price stays as it was typed', () =>
  expect(['cheap', '', '-1'].map(perToken)).toEqual(['cheap', '', '-1']))
