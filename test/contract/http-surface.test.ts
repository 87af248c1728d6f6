import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { openApiDocument } from '../../src/contract/openapi.ts'
import { newKey } from './fixtures.ts'
import { expectError, gateway, send } from './request.ts'

const KEYS = '/api/v1/keys'
const JSON_TYPE = { 'content-type': 'application/json' }

/** What the server answers to these exact bytes: its status, or 0 when it closes without one. */
async function rawStatus(bytes: string): Promise<number> {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (part) => {
    text += part.toString('latin1')
    if (text.includes('\r\n\r\n')) socket.end()
  })
  socket.end(bytes)
  await new Promise((resolve) => socket.once('close', resolve).once('error', resolve))
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
}

function rawRequest(method: string, path: string, headers: string[] = []): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')
}

test('H8: no spelling of a path reaches an operation without its authorization', async () => {
  const paths = [
    '//api/v1/keys',
    '/api//v1/keys',
    '/api/v1//keys',
    '/api/v1/keys//',
    '/api/v1/./keys',
    '/api/v1/x/../keys',
    '/api/v1/x/%2e%2e/keys',
    '/api/v1/%6beys',
    '/api/v1/keys%00',
    '/api/v1/keys%2f',
    '/api/v1/keys;x=1',
    '/API/V1/KEYS',
    '/api/v1/keys\\',
    '/api/v1/%',
    '/api/v1/keys/%zz',
    '/api/v1/workspaces/%c0%ae%c0%ae',
    'http://localhost/api/v1/keys',
    '*',
    '/setup/../api/v1/keys',
  ]
  for (const path of paths) {
    const status = await rawStatus(rawRequest('GET', path))
    expect([path, status]).toEqual([path, expect.toSatisfy((code: number) => code >= 400 && code < 500)])
  }
})

test('H8: a path of 64 KB and one with a parameter of 10 KB are refused', async () => {
  expect(await rawStatus(rawRequest('GET', `/api/v1/keys/${'x'.repeat(65_536)}`))).toBe(431)
  expect(await rawStatus(rawRequest('GET', `/api/v1/keys/${'x'.repeat(10_000)}`))).toBe(400)
})

test('H8: every verb that an existing path does not know is 405 with those it knows, or refused as no HTTP', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    const answer = await send(method, KEYS)
    expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET, POST'])
  }
  for (const method of ['TRACE', 'PROPFIND', 'PURGE', 'CONNECT', 'BREW', 'get']) {
    const status = await rawStatus(rawRequest(method, KEYS))
    expect([method, status]).toEqual([
      method,
      expect.toSatisfy((code: number) => code === 0 || (code >= 400 && code < 500)),
    ])
  }
})

test('404 in the envelope for what is no route, with and without a key', async () => {
  for (const key of [null, gateway.managementKey]) {
    expectError(await send('GET', '/api/v1/nothing', { key }), 404, 'Resource not found')
    expectError(await send('POST', '/nothing', { key, body: {} }), 404, 'Resource not found')
  }
})

test.each([
  'application/json\ta',
  'application/json garbage',
  'application/json, text/plain',
  'application/jsonp',
  'application/json;charset=utf-16',
  'application/json; charset=utf-8; boundary=x',
  'text/plain;application/json',
  'application/x-www-form-urlencoded',
])('H7: 415 for the content type %j', async (type) => {
  const body = '{"name":"x"}'
  const headers = [
    `Authorization: Bearer ${gateway.managementKey}`,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ]
  expect(await rawStatus(rawRequest('POST', KEYS, headers) + body)).toBe(415)
})

test.each([
  'application/json',
  'Application/JSON',
  'application/json;charset=UTF-8',
  'application/json ; charset="utf-8"',
])('H7: %j is JSON', async (type) => {
  const answer = await send('POST', KEYS, { rawBody: '{"name":"x"}', headers: { 'content-type': type } })
  expect(answer.status).toBe(201)
})

test('413 for a body above 1 MiB, whether it says its length or not', async () => {
  const big = new Uint8Array(1_048_577).fill(0x20)
  expectError(await send('POST', KEYS, { rawBody: big, headers: JSON_TYPE }), 413, '1048576')
  const response = await fetch(gateway.url + KEYS, {
    method: 'POST',
    headers: { ...JSON_TYPE, authorization: `Bearer ${gateway.managementKey}` },
    body: new Blob([big]).stream(),
    duplex: 'half',
  })
  expect(response.status).toBe(413)
})

test.each([
  ['nesting of 100,000 lists', '['.repeat(100_000)],
  ['nesting of 100,000 closed objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['50,000 keys', `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":1`).join()}}`],
  ['a key that is given twice', '{"name":"a","name":"b"}'],
  ['__proto__', '{"name":"x","__proto__":{"type":"management"}}'],
  ['__proto__ deep inside', '{"name":"x","external":{"user":"u","__proto__":{"api_key":"x"}}}'],
  ['constructor', '{"name":"x","constructor":{"prototype":{"type":"management"}}}'],
  ['a number beyond all numbers', '{"name":"x","limit":1e400}'],
  ['a byte order mark', '\ufeff{"name":"x"}'],
  ['two values', '{"name":"x"}{"name":"y"}'],
])('H3: 400 for %s', async (_name, rawBody) => {
  expectError(await send('POST', KEYS, { rawBody, headers: JSON_TYPE }), 400, '')
  expect(({} as Record<string, unknown>)['type']).toBeUndefined()
})

test('H3: half a surrogate pair is refused by the name of its field', async () => {
  const answer = await send('POST', KEYS, { rawBody: '{"name":"a\\ud800b"}', headers: JSON_TYPE })
  expectError(answer, 400, 'name: must not contain half of a surrogate pair')
})

test('H3: what polluted bodies asked for is in nobody else’s answer', async () => {
  await send('POST', KEYS, { rawBody: '{"name":"x","__proto__":{"disabled":true,"limit":1}}', headers: JSON_TYPE })
  expect((await newKey()).data).toMatchObject({ disabled: false, limit: null })
  expectError(await send('GET', `${KEYS}?__proto__=1`), 400, '__proto__')
  expectError(await send('GET', `${KEYS}?constructor=1`), 400, 'constructor')
})

test('410 for buying credits by the way that the official API has withdrawn', async () => {
  expectError(await send('POST', '/api/v1/credits/coinbase', { body: {} }), 410, /purchases/)
})

test('every answer has a request id of its own', async () => {
  const answers = await Promise.all([send('GET', KEYS), send('GET', '/healthz'), send('GET', '/x'), send('PUT', KEYS)])
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '')
  for (const id of ids) expect(id).toMatch(/^req-\d{10}-[A-Za-z0-9]{20}$/)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a cookie is no credential', async () => {
  const headers = { cookie: `session=${gateway.managementKey}; authorization=${gateway.managementKey}` }
  expectError(await send('GET', KEYS, { key: null, headers }), 401, 'Missing Authentication header')
})

test('the API describes itself in JSON and in YAML, alike', async () => {
  const json = await send('GET', '/openapi.json', { key: null })
  expect(json.body).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
  const yaml = await send('GET', '/openapi.yaml', { key: null })
  expect(yaml.headers.get('content-type')).toContain('yaml')
  expect(parse(String(yaml.body))).toEqual(json.body)
})

test('it tells that it lives and that it serves', async () => {
  expect((await send('GET', '/healthz', { key: null })).body).toEqual({ status: 'ok' })
  expect((await send('GET', '/readyz', { key: null })).body).toEqual({ status: 'ready' })
})
