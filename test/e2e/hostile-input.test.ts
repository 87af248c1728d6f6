import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, nano, readData } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { exchange, rawChat } from './raw-http.ts'

const MEBIBYTE = 1_048_576
const BODY_BYTES_MAX = MEBIBYTE
/** What the two ends of a loopback connection may hold between them. */
const SOCKET_BUFFERS = 16 * MEBIBYTE
const MESSAGES = [{ role: 'user', content: 'Hi' }]

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string
let linesSeen = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    env: { SWITCHYARD_BODY_BYTES_MAX: String(BODY_BYTES_MAX), LOG_LEVEL: 'debug' },
  })
  key = await gateway.createKey()
})
/** Whatever came: the process lives, works, and has met nothing it took for a bug. */
afterEach(async () => {
  expect(gateway.exit()).toBeUndefined()
  expect((await chat(gateway, key)).status).toBe(200)
  upstream.reset()
  expect(gateway.stderr).toEqual([])
  expect(
    gateway.stdout.slice(linesSeen).filter((line) => /"(request_failed|flush_failed|journal_failed)"/.test(line)),
  ).toEqual([])
  linesSeen = gateway.stdout.length
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${path.endsWith('/completions') ? key : gateway.managementKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  const text = await response.text()
  return { status: response.status, text, json: JSON.parse(text) as Record<string, unknown> }
}

const INFERENCE = '/api/v1/chat/completions'
const MANAGEMENT = '/api/v1/keys'

describe('H2 bodies that are too large or not what they say', () => {
  test.each([INFERENCE, MANAGEMENT])(
    '%s refuses a body one byte over the limit with 413 and none at the limit',
    async (path) => {
      const body = (bytes: number) => {
        const frame = JSON.stringify({ model: 'alpha/small', name: 'x', messages: [{ role: 'user', content: '' }] })
        return frame.replace('""', JSON.stringify('x'.repeat(bytes - frame.length)))
      }
      expect((await post(path, body(BODY_BYTES_MAX + 1))).status).toBe(413)
      expect((await post(path, body(BODY_BYTES_MAX))).status).not.toBe(413)
    },
  )

  test('a declared length over the limit is refused before a byte of the body is read', async () => {
    const answer = await exchange(gateway, rawChat(key, { headers: ['content-length: 1073741824'], body: '' }))
    expect(answer.status).toBe(413)
  })

  test('an endless chunked body is refused at the limit and not read on, without taking memory', async () => {
    const before = residentBytes()
    const answer = await exchange(gateway, endlessBody())
    expect([0, 413]).toContain(answer.status)
    expect(answer.bytesSent).toBeLessThan(BODY_BYTES_MAX + SOCKET_BUFFERS)
    expect(residentBytes() - before).toBeLessThan(50 * MEBIBYTE)
  })

  function* endlessBody(): Iterable<Buffer> {
    yield Buffer.from(rawChat(key, { headers: ['transfer-encoding: chunked'], body: '' }))
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`)
    for (let sent = 0; sent < 1_024 * MEBIBYTE; sent += 65_536) yield chunk
  }

  test('a body shorter than its declared length gets no answer but an end', async () => {
    const raw = rawChat(key, { headers: ['content-length: 500'] })
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    const ended = new Promise((resolve) => socket.on('close', resolve).on('error', resolve))
    socket.resume()
    socket.end(raw)
    await ended
    expect(upstream.requests).toHaveLength(0)
  })

  test('what follows the declared length is a request of its own, and no valid one', async () => {
    const raw = rawChat(key, { headers: ['content-length: 10'] })
    const answer = await exchange(gateway, raw)
    expect(answer.status).toBe(400)
    expect(upstream.requests).toHaveLength(0)
  })

  test.each([INFERENCE, MANAGEMENT])('%s refuses a compressed body and never unpacks it', async (path) => {
    const bomb = gzipSync(Buffer.alloc(64 * MEBIBYTE, 0x20))
    const before = residentBytes()
    expect([400, 415]).toContain((await post(path, bomb, { 'content-encoding': 'gzip' })).status)
    expect(residentBytes() - before).toBeLessThan(50 * MEBIBYTE)
  })

  test('Expect: 100-continue is told to go on only when the request may, and is refused at once when it may not', async () => {
    const body = JSON.stringify({ model: 'alpha/small', messages: MESSAGES })
    const expectant = (secret: string, length: number, sent: string) =>
      rawChat(secret, { headers: [`content-length: ${length}`, 'expect: 100-continue'], body: sent })
    const good = await exchange(gateway, expectant(key, body.length, body))
    expect(good.text).toMatch(/^HTTP\/1\.1 100 Continue/)
    expect(good.status).toBe(200)
    const large = await exchange(gateway, expectant(key, BODY_BYTES_MAX + 1, ''))
    expect(large.text).toMatch(/^HTTP\/1\.1 413/)
    const foreign = await exchange(gateway, expectant('sk-or-v1-unknown', body.length, ''))
    expect(foreign.text).toMatch(/^HTTP\/1\.1 401/)
  })
})

describe('H3 JSON made to hurt', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const manyKeys = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')}}`

  test.each([
    ['100,000 levels of arrays', nested(100_000)],
    ['100,000 levels of objects', `${'{"a":'.repeat(100_000)}0${'}'.repeat(100_000)}`],
    ['100,000 unclosed brackets', '['.repeat(100_000)],
    ['100,001 keys', manyKeys(100_001).slice(0, BODY_BYTES_MAX)],
    ['nothing', ''],
    ['a lone quote', '"'],
    ['a lone backslash in a string', '"\\'],
    ['a number', '1'],
    ['null', 'null'],
    ['an array', '[]'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a byte order mark', `\uFEFF${JSON.stringify({ model: 1 })}`],
    ['NaN', '{"temperature":NaN}'],
  ])('%s is refused with 400, as inference and as management', async (_name, body) => {
    expect((await post(INFERENCE, body)).status).toBe(400)
    expect((await post(MANAGEMENT, body)).status).toBe(400)
    expect(upstream.requests).toHaveLength(0)
  })

  test('keys that name a prototype change nothing and stand for nothing', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const poisoned = `{"${name}":{"model":"alpha/small","name":"x","messages":[{"role":"user","content":"Hi"}]}}`
      expect((await post(INFERENCE, poisoned)).status).toBe(400)
      expect((await post(MANAGEMENT, poisoned)).status).toBe(400)
    }
    const body = `{"model":"alpha/small","messages":[{"role":"user","content":"Hi","__proto__":{"content":"no"}}],"__proto__":{"stream":true}}`
    const answer = await post(INFERENCE, body)
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 200) expect(answer.json).toMatchObject({ object: 'chat.completion' })
    expect((await post(MANAGEMENT, '{"toString":1}')).status).toBe(400)
  })

  test('of duplicate keys the last one counts, for the check and for the provider alike', async () => {
    const text = `{"model":"no/such","model":"alpha/small","max_tokens":-1,"max_tokens":3,"messages":[{"role":"user","content":"Hi"}]}`
    expect((await post(INFERENCE, text)).status).toBe(200)
    expect(upstream.requests.at(-1)?.bodyText.match(/"model"/g)).toHaveLength(1)
    expect(upstream.requests.at(-1)?.body).toMatchObject({ model: 'small', max_tokens: 3 })
  })

  test.each([
    ['1e400', '1e400'],
    ['-1', '-1'],
    ['0.5', '0.5'],
    ['1e30', '1e30'],
    ['a string', '"5"'],
    ['an object', '{}'],
    ['2^53', '9007199254740992'],
  ])('max_tokens of %s is refused or bounded, never sent on as it is', async (_name, value) => {
    const { status } = await post(
      INFERENCE,
      `{"model":"alpha/small","messages":[{"role":"user","content":"Hi"}],"max_tokens":${value}}`,
    )
    expect([200, 400]).toContain(status)
    const sent = (upstream.requests.at(-1)?.body as { max_tokens?: number } | undefined)?.max_tokens
    if (status === 200) expect(sent).toSatisfy((tokens: unknown) => Number.isInteger(tokens) && Number(tokens) <= 4_096)
    else expect(upstream.requests).toHaveLength(0)
  })

  test('lone surrogates and NUL travel through content, and never spoil what is recorded', async () => {
    const odd = 'a\\u0000b\\ud800c\\udfffd'
    const text = `{"model":"alpha/small","user":"${odd}","session_id":"${odd}","messages":[{"role":"user","content":"${odd}"}]}`
    const response = await post(INFERENCE, text)
    expect([200, 400]).toContain(response.status)
    if (response.status === 200) {
      const generation = await readData(gateway, `/api/v1/generation?id=${String(response.json['id'])}`, key)
      expect(generation['id']).toBe(response.json['id'])
    }
    for (const field of ['name', 'slug', 'description', 'default_text_model']) {
      const body = `{"name":"n","slug":"odd-text-${field.replaceAll('_', '-')}","${field}":"${odd}"}`
      expect((await post('/api/v1/workspaces', body)).status).toBe(400)
    }
    expect((await post(MANAGEMENT, `{"name":"${odd}"}`)).status).toBe(400)
    const reads = [
      'keys/a%00b',
      'workspaces/a%00b',
      'generation?id=gen-1-a%00b',
      'activity?user_id=a%00b',
      'keys/%ed%a0%80',
    ]
    for (const path of reads) {
      const { status } = await gateway.call('GET', `/api/v1/${path}`)
      expect([path, status < 500 && (status >= 400 || path.startsWith('activity'))]).toEqual([path, true])
    }
  })

  test('one string as long as the limit is read and refused for what it is', async () => {
    const body = `{"model":"alpha/small","messages":"${'x'.repeat(BODY_BYTES_MAX - 100)}"}`
    expect((await post(INFERENCE, body)).status).toBe(400)
  })
})

describe('H6 smuggling and injection', () => {
  const second = 'GET /api/v1/credits HTTP/1.1\r\nhost: gateway\r\n\r\n'
  const body = JSON.stringify({ model: 'alpha/small', messages: MESSAGES })

  test.each([
    [
      'Content-Length beside Transfer-Encoding',
      ['content-length: 5', 'transfer-encoding: chunked'],
      `0\r\n\r\n${second}`,
    ],
    [
      'Transfer-Encoding beside Content-Length',
      ['transfer-encoding: chunked', 'content-length: 5'],
      `0\r\n\r\n${second}`,
    ],
    ['two different Content-Lengths', ['content-length: 5', `content-length: ${body.length}`], body],
    ['two equal Content-Lengths', [`content-length: ${body.length}`, `content-length: ${body.length}`], body],
    ['a list of Content-Lengths', ['content-length: 5, 5'], 'hello'],
    ['a signed Content-Length', ['content-length: +5'], 'hello'],
    ['an unknown Transfer-Encoding', ['transfer-encoding: xchunked'], `0\r\n\r\n${second}`],
    ['chunked twice', ['transfer-encoding: chunked', 'transfer-encoding: chunked'], `0\r\n\r\n${second}`],
    ['a chunk size that is no number', ['transfer-encoding: chunked'], `5x\r\nhello\r\n0\r\n\r\n`],
    ['a folded header', ['x-title: a', ' b', `content-length: ${body.length}`], body],
    ['a space before the colon', [`content-length : ${body.length}`], body],
    ['a header without a name', [': nothing', `content-length: ${body.length}`], body],
    ['NUL in a header', ['x-title: a\0b', `content-length: ${body.length}`], body],
    ['a bare CR in a header', ['x-title: a\rx-evil: 1', `content-length: ${body.length}`], body],
  ])('%s is refused and ends the connection before anything behind it is heard', async (_name, headers, rest) => {
    const answer = await exchange(gateway, Buffer.from(rawChat(key, { headers, body: rest }), 'latin1'))
    expect(answer.statuses).toEqual([400])
    expect(upstream.requests).toHaveLength(0)
  })

  test('lines that end in LF alone are refused or mean what they mean with CR, once', async () => {
    const answer = await exchange(gateway, rawChat(key).replaceAll('\r\n', '\n'))
    expect(answer.statuses).toHaveLength(1)
    expect([200, 400]).toContain(answer.status)
    expect(upstream.requests.length).toBe(answer.status === 200 ? 1 : 0)
  })

  test('line breaks in a model name, user or tag become no header upstream and no line in the log', async () => {
    const evil = 'x\r\nx-evil: 1\r\n\r\n{"level":"fatal","msg":"evil"}'
    const lines = gateway.stdout.length
    expect((await chat(gateway, key, { model: `alpha/small${evil}` })).status).toBe(400)
    const answer = await chat(gateway, key, { user: evil, session_id: evil, metadata: { tag: evil } })
    expect([200, 400]).toContain(answer.status)
    expect(upstream.requests.flatMap(({ rawHeaders }) => rawHeaders).join('\n')).not.toMatch(/evil/i)
    const added = gateway.stdout.slice(lines)
    expect(added.length).toBeGreaterThan(0)
    for (const line of added) expect(JSON.parse(line)).not.toMatchObject({ msg: 'evil' })
  })

  test('headers of the caller reach no provider, whatever bytes they hold, and are recorded without harm', async () => {
    const odd = 'http://a.example/\u0080\u00ff<script>'
    const raw = rawChat(key, {
      headers: [`content-length: ${body.length}`, `http-referer: ${odd}`, `x-title: ${odd}`, `x-session-id: ${odd}`],
      body,
    })
    const answer = await exchange(gateway, Buffer.from(raw, 'latin1'))
    expect(answer.status).toBe(200)
    const sent = upstream.requests.at(-1)?.headers ?? {}
    for (const name of ['http-referer', 'x-title', 'x-session-id', 'cookie']) expect(sent[name]).toBeUndefined()
    expect(JSON.stringify(upstream.requests.at(-1)?.rawHeaders)).not.toContain(key)
    const id = /x-generation-id: (\S+)/i.exec(answer.text)?.[1]
    expect((await readData(gateway, `/api/v1/generation?id=${id}`, key))['http_referer']).toBe(odd)
  })

  test('names of files stay within the request that goes to the provider, and out of the log', async () => {
    const lines = gateway.stdout.length
    for (const evil of ['a\r\nx-evil: 1\r\n\r\n.pdf', 'a\0evil.pdf', 'evil\u0080\u00ff".pdf', '../../evil.pdf']) {
      const file = { filename: evil, file_data: 'data:application/pdf;base64,JVBERg==' }
      const content = [
        { type: 'text', text: 'Hi' },
        { type: 'file', file },
      ]
      expect((await chat(gateway, key, { messages: [{ role: 'user', content }] })).status).toBe(200)
      const sent = upstream.requests.at(-1)
      expect(sent?.rawHeaders.join('\n')).not.toMatch(/evil/i)
      expect(sent?.body).toMatchObject({ messages: [{ content: [{}, { type: 'file', file }] }] })
    }
    expect(gateway.stdout.slice(lines).filter((line) => /evil/i.test(line))).toEqual([])
  })

  test('a header block over the limit is refused with 431', async () => {
    const headers = [`content-length: ${body.length}`, `x-title: ${'x'.repeat(70_000)}`]
    expect((await exchange(gateway, rawChat(key, { headers, body }))).status).toBe(431)
  })

  test('cookies are no credential', async () => {
    const raw = rawChat(key, {
      headers: [`content-length: ${body.length}`, `cookie: authorization=Bearer ${key}`],
      body,
    })
    const anonymous = raw.replace(`authorization: Bearer ${key}\r\n`, '')
    expect((await exchange(gateway, anonymous)).status).toBe(401)
  })
})

describe('H7 content types that are almost JSON', () => {
  test.each([
    'application/json\ta',
    'application/json garbage',
    'application/json, text/html',
    'application/jsonp',
    'application/json; charset=utf-16',
    'text/plain',
    'text/json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '; application/json',
  ])('%s is refused with 415, as inference and as management', async (type) => {
    expect(
      (await post(INFERENCE, JSON.stringify({ model: 'alpha/small', messages: MESSAGES }), { 'content-type': type }))
        .status,
    ).toBe(415)
    expect((await post(MANAGEMENT, '{"name":"x"}', { 'content-type': type })).status).toBe(415)
  })

  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('%s is taken', async (type) => {
    expect(
      (await post(INFERENCE, JSON.stringify({ model: 'alpha/small', messages: MESSAGES }), { 'content-type': type }))
        .status,
    ).toBe(200)
    expect((await post(MANAGEMENT, '{"name":"x"}', { 'content-type': type })).status).toBe(201)
  })

  test('a body without a content type is refused with 415', async () => {
    const raw = rawChat(key).replace('content-type: application/json\r\n', '')
    expect((await exchange(gateway, raw)).status).toBe(415)
  })
})

describe('H8 odd methods and paths', () => {
  const request = (line: string, secret: string | null = gateway.managementKey) =>
    exchange(
      gateway,
      `${line} HTTP/1.1\r\nhost: gateway\r\n${secret === null ? '' : `authorization: Bearer ${secret}\r\n`}connection: close\r\n\r\n`,
    )

  test.each([
    'GET //api/v1/keys',
    'GET /api//v1/keys',
    'GET /api/v1/%6beys',
    'GET /api/v1/keys/%2e%2e/credits',
    'GET /api/v1/keys/../credits',
    'GET /api/v1/%2e%2e/v1/keys',
    'GET /api/v1/keys%00',
    'GET /api/v1/keys;x=1',
    'GET /api/v1/keys%2f',
    'GET /api/v1/keys\\',
    'GET /API/V1/KEYS',
    'GET http://other.example/api/v1/keys',
    'GET /api/v1/%zz',
    'GET /api/v1/keys/%',
  ])('%s is refused, or needs a management key as the plain path does', async (line) => {
    const anonymous = await request(line, null)
    const wrongKind = await request(line, key)
    expect(anonymous.status).toBeGreaterThanOrEqual(400)
    expect(anonymous.status).toBeLessThan(500)
    expect(wrongKind.status).toBeGreaterThanOrEqual(400)
    expect(wrongKind.status).toBeLessThan(500)
    expect((await request(line)).status).toBeLessThan(500)
  })

  test.each(['TRACE', 'CONNECT', 'FOO', 'PROPFIND', 'PUT', 'HEAD', 'get'])(
    '%s /api/v1/keys is no way in',
    async (verb) => {
      const { status } = await request(`${verb} /api/v1/keys`)
      expect(status === 0 || (status >= 400 && status < 500)).toBe(true)
    },
  )

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s /api/v1/chat/completions is refused', async (verb) => {
    const { status } = await request(`${verb} /api/v1/chat/completions`, key)
    expect([404, 405]).toContain(status)
  })

  test('a path of 64 KB is refused', async () => {
    const { status } = await request(`GET /api/v1/keys/${'a'.repeat(65_536)}`)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })

  test('every route takes a trailing slash and asks for the same key there', async () => {
    for (const path of ['/api/v1/keys', '/api/v1/workspaces', '/api/v1/credits', '/api/v1/activity']) {
      expect((await request(`GET ${path}/`)).status).toBe(200)
      expect((await request(`GET ${path}/`, null)).status).toBe(401)
      expect((await request(`GET ${path}/`, key)).status).toBe(403)
    }
    const slashed = rawChat(key).replace('/completions ', '/completions/ ')
    expect((await exchange(gateway, slashed)).status).toBe(200)
    expect((await exchange(gateway, slashed.replace(key, 'unknown'))).status).toBe(401)
  })

  test('what is not HTTP gets one error in the usual envelope', async () => {
    for (const bytes of ['\x16\x03\x01\x02\x00', 'hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
      const answer = await exchange(gateway, Buffer.from(bytes, 'latin1'))
      expect(answer.statuses).toEqual([400])
      expect(answer.text).toContain('{"error":{"code":400')
    }
  })
})

test('a request that is refused costs nothing', async () => {
  const own = await gateway.createKey()
  for (const body of ['', '[]', '{"model":"no/such","messages":[]}']) await fetchAs(own, body)
  expect(nano((await readData(gateway, '/api/v1/key', own))['usage'])).toBe(0n)
  const answer = await chat(gateway, own, { model: 'no/such' })
  expect((await gateway.call('GET', `/api/v1/generation?id=${idOf(answer)}`, { key: own })).status).toBe(404)
})

async function fetchAs(secret: string, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  await (await fetch(gateway.url + INFERENCE, { method: 'POST', headers, body })).text()
}

function residentBytes(): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1_024
}
