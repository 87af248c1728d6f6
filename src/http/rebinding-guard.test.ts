import { expect, test } from 'vitest'
import { requireOwnHost } from './rebinding-guard.ts'

const PUBLIC_URL = 'https://gateway.example.com'

test.each([
  ['the public name', 'gateway.example.com', undefined],
  ['the public name on another port', 'gateway.example.com:8443', undefined],
  ['the public name in capitals', 'GATEWAY.example.com', undefined],
  ['localhost', 'localhost:8787', undefined],
  ['an address', '10.1.2.3:8787', undefined],
  ['an IPv6 address', '[::1]:8787', undefined],
  ['its own page', 'gateway.example.com', 'https://gateway.example.com'],
  ['its own page by another way in', '127.0.0.1:8787', 'http://127.0.0.1:8787'],
  ['the public page behind a proxy that renames the host', '10.1.2.3:8787', 'https://gateway.example.com'],
])('%s may call', (_name, host, origin) => {
  expect(() => requireOwnHost({ host, origin }, PUBLIC_URL)).not.toThrow()
})

test.each([
  ['no host', undefined, undefined],
  ['another name', 'evil.example', undefined],
  ['a name below the public one', 'x.gateway.example.com', undefined],
  ['the public name with a tail', 'gateway.example.com.evil.example', undefined],
  ['a name before an at sign', 'gateway.example.com@evil.example', undefined],
  ['a name with a path', 'gateway.example.com/evil', undefined],
  ['a page of another site', 'gateway.example.com', 'https://evil.example'],
  ['a page on another port of this machine', 'localhost:8787', 'http://localhost:3000'],
  ['a page without an origin', 'gateway.example.com', 'null'],
])('%s may not', (_name, host, origin) => {
  expect(() => requireOwnHost({ host, origin }, PUBLIC_URL)).toThrow('is not')
})
