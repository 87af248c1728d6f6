import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ClientMetadata, clientIdOf, mayRedirectTo, readClientId } from './mcp-client.ts'

const KEY = randomBytes(32)
const CLIENT = {
  client_name: 'Claude Code',
  redirect_uris: ['http://localhost:3118/callback', 'https://app.example.com/cb'],
}

test('an id says what its client registered, under the key before as well', () => {
  const id = clientIdOf(CLIENT, KEY)
  expect(readClientId(id, [KEY])).toEqual(CLIENT)
  expect(readClientId(id, [randomBytes(32), KEY])).toEqual(CLIENT)
})

test('an id that we never gave is nobody', () => {
  const id = clientIdOf(CLIENT, KEY)
  const forged = [id.slice(0, -2), `${id}x`, clientIdOf(CLIENT, randomBytes(32)), 'mcp_W10.x', 'mcp_.', '', 'x']
  expect(forged.filter((text) => readClientId(text, [KEY]) !== undefined)).toEqual([])
})

describe('answers go', () => {
  test.each([
    ['http://localhost:3118/callback', true],
    ['http://localhost:60123/callback', true],
    ['http://localhost:3118/other', false],
    ['http://127.0.0.1:3118/callback', false],
    ['https://app.example.com/cb', true],
    ['https://app.example.com:8443/cb', false],
    ['https://app.example.com/cb?x=1', false],
    ['https://app.example.com.evil.test/cb', false],
    ['http://app.example.com/cb', false],
    ['https://app.example.com@evil.test/cb', false],
    ['https://app.example.com/cb#x', false],
    ['javascript:alert(1)', false],
    ['nowhere', false],
  ])('to %s: %s', (uri, may) => expect(mayRedirectTo(CLIENT, uri)).toBe(may))
})

test.each([
  [['http://example.com/cb']],
  [['javascript:alert(1)']],
  [['custom://cb']],
  [['https://example.com/cb#fragment']],
  [[]],
])('%j cannot be registered', (redirect_uris) => {
  expect(ClientMetadata.safeParse({ client_name: 'x', redirect_uris }).success).toBe(false)
})
