import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'
import { IpRangeSet } from './ip-ranges.ts'

const PROXIES = new IpRangeSet(['10.0.0.0/8', '127.0.0.1/32', '2001:db8:ffff::/48'])

test.each([
  [
    'the caller is no proxy: its header counts for nothing',
    { peer: '203.0.113.7', header: '198.51.100.1' },
    '203.0.113.7',
  ],
  ['one proxy', { peer: '10.0.0.1', header: '198.51.100.1' }, '198.51.100.1'],
  [
    'a made-up chain of our own proxies',
    { peer: '10.0.0.1', header: '10.0.0.9, 10.0.0.8, 198.51.100.1' },
    '198.51.100.1',
  ],
  ['a proxy of ours itself', { peer: '10.0.0.1', header: '10.0.0.3, 10.0.0.2' }, '10.0.0.3'],
  ['a proxy without the header', { peer: '10.0.0.1', header: undefined }, '10.0.0.1'],
  ['a proxy that says nothing', { peer: '10.0.0.1', header: '' }, null],
  ['a proxy that does not know', { peer: '10.0.0.1', header: '198.51.100.1, unknown' }, null],
  ['rubbish before the proxy', { peer: '10.0.0.1', header: '"<x>", 198.51.100.1' }, '198.51.100.1'],
  ['an older spelling is no address', { peer: '10.0.0.1', header: '0x7f000001' }, null],
  ['what the caller made up', { peer: '10.0.0.1', header: '127.0.0.1, 198.51.100.1' }, '198.51.100.1'],
  ['a chain', { peer: '10.0.0.1', header: '6.6.6.6, 198.51.100.1, 10.0.0.3,10.0.0.2' }, '198.51.100.1'],
  ['a port', { peer: '10.0.0.1', header: '198.51.100.1:4711' }, '198.51.100.1'],
  ['version 6 with a port', { peer: '10.0.0.1', header: '[2001:DB8::1]:4711' }, '2001:db8::1'],
  ['version 6 in brackets', { peer: '10.0.0.1', header: '[2001:db8::1]' }, '2001:db8::1'],
  ['a proxy of version 6', { peer: '2001:db8:ffff::1', header: '198.51.100.1' }, '198.51.100.1'],
  ['a mapped proxy', { peer: '::ffff:10.0.0.1', header: '198.51.100.1' }, '198.51.100.1'],
  ['a mapped caller', { peer: '::ffff:203.0.113.7', header: undefined }, '203.0.113.7'],
  ['no peer at all', { peer: undefined, header: '198.51.100.1' }, null],
])('behind proxies: %s', (_name, { peer, header }, address) => {
  expect(clientAddress(peer, header, PROXIES)).toBe(address)
})

test.each([
  ['nobody is trusted: the header counts for nothing', { peer: '203.0.113.7', header: '198.51.100.1' }, '203.0.113.7'],
  ['a zone', { peer: 'fe80::1%eth0', header: undefined }, 'fe80::1'],
])('without proxies: %s', (_name, { peer, header }, address) => {
  expect(clientAddress(peer, header, null)).toBe(address)
})

test.each([
  '2001:db8::1',
  '2001:DB8::1',
  '2001:0db8:0000:0000:0000:0000:0000:0001',
  '2001:db8:0:0::1',
  '2001:db8:0:0:0:0:0.0.0.1',
])('%s is one address', (text) => expect(clientAddress('10.0.0.1', text, PROXIES)).toBe('2001:db8::1'))
