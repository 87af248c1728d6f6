import { expect, test } from 'vitest'
import { isAddressAllowed, isPortAllowed, providerAddressProblem } from './egress.ts'

const NOWHERE_PRIVATE = { allowedCidrs: [] }
const LOOPBACK_TOO = { allowedCidrs: ['127.0.0.0/8', '10.0.0.0/8'] }

test.each([
  ['https://llm.example.test/v1', undefined],
  ['https://1.1.1.1/v1', undefined],
  ['https://[2606:4700::1111]/v1', undefined],
  ['http://localhost:8000/v1', 'localhost is a private address'],
  ['http://localhost./v1', 'localhost is a private address'],
  ['http://llm.localhost/v1', 'llm.localhost is a private address'],
  ['http://127.1/v1', '127.0.0.1 is a private address'],
  ['http://2130706433/v1', '127.0.0.1 is a private address'],
  ['http://0/v1', '0.0.0.0 is a private address'],
  ['http://10.0.0.8/v1', '10.0.0.8 is a private address'],
  ['http://100.64.0.1/v1', '100.64.0.1 is a private address'],
  ['http://169.254.169.254/latest', '169.254.169.254 is a private address'],
  ['http://[::1]/v1', '::1 is a private address'],
  ['http://[fd00::1]/v1', 'fd00::1 is a private address'],
  ['http://[::ffff:127.0.0.1]/v1', '::ffff:7f00:1 is a private address'],
  ['http://[::127.0.0.1]/v1', '::7f00:1 is a private address'],
  ['http://[64:ff9b::7f00:1]/v1', '64:ff9b::7f00:1 is a private address'],
  ['http://[2002:7f00:1::]/v1', '2002:7f00:1:: is a private address'],
  ['http://[fe80::1]/v1', 'fe80::1 is a private address'],
  ['http://[fd00:ec2::254]/latest', 'fd00:ec2::254 is a private address'],
  ['http://0x7f000001/v1', '127.0.0.1 is a private address'],
  ['http://0177.0.0.1/v1', '127.0.0.1 is a private address'],
  ['http://127.0.0.1./v1', '127.0.0.1 is a private address'],
  ['http://llm.example.test@127.0.0.1/v1', '127.0.0.1 is a private address'],
  ['http://168.63.129.16/machine', '168.63.129.16 is a private address'],
  ['https://llm.example.test:6379/v1', 'port 6379'],
  ['https://llm.example.test:22/v1', 'port 22'],
])('%s is refused for what its text tells: %s', (url, problem) => {
  const found = providerAddressProblem(url, NOWHERE_PRIVATE)
  if (problem === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(problem)
})

test('a private network that the operator has named may be reached', () => {
  for (const url of ['http://localhost:8000', 'http://127.0.0.1', 'http://10.1.2.3/v1']) {
    expect(providerAddressProblem(url, LOOPBACK_TOO)).toBeUndefined()
  }
  expect(providerAddressProblem('http://192.168.0.1', LOOPBACK_TOO)).toContain('192.168.0.1')
})

test('who is named in the config file may be private, and yet not be the metadata service', () => {
  expect(isAddressAllowed('10.0.0.8', true, NOWHERE_PRIVATE)).toBe(true)
  expect(isAddressAllowed('169.254.169.254', true, NOWHERE_PRIVATE)).toBe(false)
  expect(isAddressAllowed('not an address', true, NOWHERE_PRIVATE)).toBe(false)
  for (const address of ['fd00:ec2::254', '100.100.100.200', '::ffff:169.254.169.254', 'fe80::1%eth0']) {
    expect([address, isAddressAllowed(address, true, NOWHERE_PRIVATE)]).toEqual([address, false])
  }
})

test('ports of HTTP and those that nothing else is known for are open', () => {
  const open = ['https://a.test', 'http://a.test:8080', 'http://a.test:11434'].map((url) => isPortAllowed(new URL(url)))
  expect(open).toEqual([true, true, true])
})
