import { expect, test } from 'vitest'
import { canonicalAddress, canonicalIpRange, IpRangeSet } from './ip-ranges.ts'

test.each([
  ['203.0.113.7', '203.0.113.7/32'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8:0:0::/32', '2001:db8::/32'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['::ffff:203.0.113.7', '203.0.113.7/32'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::/0', '::/0'],
])('%s is %s', (text, canonical) => expect(canonicalIpRange(text)).toBe(canonical))

test.each([
  '10.1.2.3/8',
  '10.0.0.0/33',
  '2001:db8::/129',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '127.1',
  '0x7f000001',
  '010.0.0.1/8',
  'fe80::1%eth0',
  'example.com',
  '',
  ' 10.0.0.0/8',
])('%j is no network', (text) => expect(canonicalIpRange(text)).toBeUndefined())

const isIn = (address: string | null, ranges: readonly string[]) => new IpRangeSet(ranges).has(address)

test('an address counts by what it is, not by how it is spelled', () => {
  expect(isIn('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe(true)
  expect(isIn('2001:0db8:0000::0001', ['2001:db8::/32'])).toBe(true)
  expect(isIn('11.0.0.1', ['10.0.0.0/8', '2001:db8::/32'])).toBe(false)
  expect(isIn('10.0.0.1', ['::/0'])).toBe(false)
})

test('nothing and what is no address lies in no network', () => {
  expect(isIn(null, ['0.0.0.0/0', '::/0'])).toBe(false)
  expect(isIn('unix', ['0.0.0.0/0', '::/0'])).toBe(false)
  expect(isIn('10.0.0.1', [])).toBe(false)
})

test.each([
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['203.0.113.7', '203.0.113.7'],
  ['127.1', undefined],
  ['', undefined],
  ['localhost', undefined],
])('the address %j is %s', (text, address) => expect(canonicalAddress(text)).toBe(address))
