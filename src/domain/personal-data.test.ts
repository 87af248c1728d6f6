import { describe, expect, test } from 'vitest'
import { isCardNumber, PERSONAL_DATA_FINDERS, type PersonalData } from './personal-data.ts'

const found = (slug: PersonalData, text: string) =>
  PERSONAL_DATA_FINDERS[slug](text).map(({ start, end }) => text.slice(start, end))

const POSITIVE: [PersonalData, string, string[]][] = [
  ['email', 'write to ann.b+c@mail.example.co.uk.', ['ann.b+c@mail.example.co.uk']],
  ['email', 'a@b.de,<x_y@z.org>;"q@r.com"', ['a@b.de', 'x_y@z.org', 'q@r.com']],
  ['email', 'mailto:jürgen@bücher.de', ['jürgen@bücher.de']],
  ['phone', 'call 212-555-0199 or (415) 555 2671', ['212-555-0199', '(415) 555 2671']],
  ['phone', '+1 650.253.0000, 6502530000 and 1-800-555-0100', ['+1 650.253.0000', '6502530000', '1-800-555-0100']],
  ['ssn', 'SSN 123-45-6789, 123 45 6789', ['123-45-6789', '123 45 6789']],
  ['credit-card', 'card 4111 1111 1111 1111 12/27', ['4111 1111 1111 1111']],
  [
    'credit-card',
    '4111111111111111, 5500-0000-0000-0004; 378282246310005.',
    ['4111111111111111', '5500-0000-0000-0004', '378282246310005'],
  ],
  ['credit-card', 'no. 12 4111 1111 1111 1111', ['4111 1111 1111 1111']],
  ['ip-address', 'from 10.0.0.1 to 255.255.255.255:80', ['10.0.0.1', '255.255.255.255']],
  ['ip-address', 'at 2001:db8::8a2e:370:7334 and ::1', ['2001:db8::8a2e:370:7334', '::1']],
  ['ip-address', 'fe80:0:0:0:0:0:0:1 ::ffff:192.0.2.1', ['fe80:0:0:0:0:0:0:1', '::ffff:192.0.2.1']],
]

const NEGATIVE: [PersonalData, string][] = [
  ['email', 'user@localhost, @handle, a@b, x@.com, @example.com, a @ b.com'],
  ['phone', 'order 1234567890, v212.555.0199.1, 12125550199123, 012-345-6789, 212-155-0199'],
  ['phone', '3.14159265358979, 550e8400-e29b-41d4-a716-446655440000'],
  ['ssn', '000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 1123-45-6789 123-45-67890 123-45 6789'],
  ['credit-card', '4111 1111 1111 1112, 1700000000000, 550e8400-e29b-41d4-a716-446655440000'],
  ['credit-card', `${'4'.repeat(40)} 41111111111111110000 x4111111111111111 0.4111111111111111`],
  ['ip-address', '256.1.1.1 1.2.3 v1.2.3.4 1.2.3.4.5 01.2.3.4 12:30:45 std::vector a::b ::: 1::2::3'],
]

describe('personal data', () => {
  test.each(POSITIVE)('%s is found in: %s', (slug, text, expected) => expect(found(slug, text)).toEqual(expected))
  test.each(NEGATIVE)('no %s is found in: %s', (slug, text) => expect(found(slug, text)).toEqual([]))
})

test('the Luhn sum finds every single wrong digit and every swapped pair of neighbours but 09', () => {
  const number = '4539578763621486'
  expect(isCardNumber(number)).toBe(true)
  for (let at = 1; at < number.length; at += 1) {
    for (let digit = 0; digit < 10; digit += 1) {
      const changed = number.slice(0, at) + digit + number.slice(at + 1)
      expect(isCardNumber(changed)).toBe(changed === number)
    }
    const swapped = number.slice(0, at) + (number[at + 1] ?? '') + (number[at] ?? '') + number.slice(at + 2)
    if (at + 1 < number.length) expect(isCardNumber(swapped)).toBe(swapped === number)
  }
})

/** Texts that are nearly something for as long as possible. */
const NEARLY = ['a', '@', '1', '1 ', '1-', '4111 ', '1.', ':', 'a:', '1:', 'a@a.', 'a.', '-', '(212) ', '123-45-']

test.each(Object.keys(PERSONAL_DATA_FINDERS) as PersonalData[])(
  '%s: a long text that is nearly one all the way through is done with',
  (slug) => {
    for (const piece of NEARLY) expect(found(slug, piece.repeat(250_000)).length).toBeLessThan(250_000)
  },
)
