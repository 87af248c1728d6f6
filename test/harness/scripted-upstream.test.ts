import { request } from 'undici'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { FAULT_CASES } from './fault-cases.ts'
import { parsePlan } from './reply-plan.ts'
import { reserveClosedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'

let upstream: ScriptedUpstream
beforeAll(async () => {
  upstream = await startScriptedUpstream()
})
afterAll(() => upstream.close())
beforeEach(() => upstream.reset())

function chat(fields: Record<string, unknown>, signal?: AbortSignal) {
  const body = JSON.stringify({ model: 'gpt', messages: [{ role: 'user', content: 'one two three' }], ...fields })
  const headers = { 'content-type': 'application/json' }
  return request(`${upstream.baseUrl}/chat/completions`, { method: 'POST', headers, body, signal: signal ?? null })
}

/** Status and body, or the error's code or name where the exchange broke. */
async function outcome(fields: Record<string, unknown>): Promise<{ status?: number; text: string; broke?: string }> {
  let text = ''
  try {
    const response = await chat(fields)
    for await (const part of response.body) text += String(part)
    return { status: response.statusCode, text }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { text, broke: 'code' in error && typeof error.code === 'string' ? error.code : error.name }
  }
}

test('a JSON answer carries the words asked for and a usage that equals the bill', async () => {
  const { text } = await outcome({ model: 'gpt?chunks=4' })
  expect(JSON.parse(text)).toMatchObject({
    choices: [{ message: { content: 'word0 word1 word2 word3' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  })
  expect(upstream.billedTotal()).toEqual({ requests: 1, promptTokens: 3, completionTokens: 4 })
})

test('a stream has one chunk per word, a usage chunk only when asked for, and [DONE]', async () => {
  const plain = await outcome({ model: 'gpt?chunks=3', stream: true })
  const events = plain.text.split('\n\n').filter((event) => event !== '')
  expect(events).toHaveLength(6)
  expect(events.at(-1)).toBe('data: [DONE]')
  expect(plain.text).not.toContain('usage')
  const asked = await outcome({ model: 'gpt?chunks=3', stream: true, stream_options: { include_usage: true } })
  expect(asked.text).toContain('"completion_tokens":3')
})

test('max_tokens cuts the answer unless the upstream ignores it', async () => {
  const honest = await outcome({ model: 'gpt?chunks=50', max_tokens: 4 })
  expect(JSON.parse(honest.text)).toMatchObject({
    choices: [{ finish_reason: 'length' }],
    usage: { completion_tokens: 4 },
  })
  const liar = await outcome({ model: 'gpt?ignoresMaxTokens=true', max_tokens: 4 })
  expect(JSON.parse(liar.text)).toMatchObject({ usage: { completion_tokens: 40 } })
})

test('a queued script answers one request, before a model prefix does', async () => {
  upstream.forModel('gpt', { status: 503 })
  upstream.script({ status: 429, retryAfter: '7' })
  expect((await chat({})).headers['retry-after']).toBe('7')
  expect((await outcome({})).status).toBe(503)
})

test('requests are recorded as they arrived', async () => {
  await outcome({ model: 'gpt-recorded' })
  expect(upstream.requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat/completions', model: 'gpt-recorded' })
  expect(upstream.requests[0]?.rawHeaders).toContain('content-type')
  await upstream.waitUntil('the answer to end', () => upstream.requests[0]?.outcome === 'answered')
})

test('a client that leaves is seen and its socket is gone', async () => {
  const controller = new AbortController()
  const response = await chat({ model: 'gpt?fault=hang-mid-stream', stream: true }, controller.signal)
  const drained = response.body.dump().catch(() => undefined)
  await upstream.waitUntil('the stream to start', () => upstream.requests[0]?.billed.completionTokens === 2)
  const open = upstream.openSocketCount()
  controller.abort()
  await drained
  await upstream.waitUntil('the client to leave', () => upstream.requests[0]?.outcome === 'client-left')
  await upstream.waitUntil('its socket to close', () => upstream.openSocketCount() < open)
  expect(upstream.openRequestCount()).toBe(0)
})

test('a paused upstream refuses and a resumed one answers on the same port', async () => {
  await upstream.pause()
  expect((await outcome({})).broke).toBe('ECONNREFUSED')
  await upstream.resume()
  expect((await outcome({})).status).toBe(200)
})

test('a closed port refuses', async () => {
  await expect(request(`http://127.0.0.1:${await reserveClosedPort()}/`)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
})

const BROKEN = /^(ECONNRESET|HTTPParserError|UND_ERR_SOCKET)$/
test.each([
  ['reset', BROKEN],
  ['close-before-answer', BROKEN],
  ['reset-mid-stream', BROKEN],
  ['half-close', BROKEN],
  ['garbage-bytes', BROKEN],
])('%s breaks the exchange, streaming and not', async (fault, code) => {
  for (const stream of [false, true])
    expect((await outcome({ model: `gpt?fault=${fault}`, stream })).broke).toMatch(code)
  expect(upstream.requests.map((record) => record.outcome)).not.toContain('answered')
})

test.each([
  ['garbage-body', /\ufffd/],
  ['html-200', /^<!doctype html>/],
  ['empty-200', /^$/],
  ['invalid-utf8', /\ufffd/],
  ['error-in-200', /"error":\{"message":"scripted failure 500"/],
])('%s arrives as a complete body with status 200', async (fault, expected) => {
  for (const stream of [false, true]) {
    const { status, text } = await outcome({ model: `gpt?fault=${fault}`, stream })
    expect(status).toBe(200)
    expect(text).toMatch(expected)
  }
})

test('truncated JSON does not parse, alone or inside an event', async () => {
  const { text } = await outcome({ model: 'gpt?fault=truncated-json' })
  expect(() => JSON.parse(text)).toThrow(SyntaxError)
  const events = (await outcome({ model: 'gpt?fault=truncated-json', stream: true })).text.split('\n\n')
  expect(() => JSON.parse(events.at(-3)?.slice('data: '.length) ?? '{}')).toThrow(SyntaxError)
})

test('tiny writes and mixed line ends carry the same JSON as a plain answer', async () => {
  const plain = JSON.parse((await outcome({})).text)
  for (const fault of ['tiny-writes', 'mixed-line-ends']) {
    const { text } = await outcome({ model: `gpt?fault=${fault}` })
    expect(JSON.parse(text).choices).toEqual(plain.choices)
  }
})

test('mixed line ends are legal SSE with the same words', async () => {
  const { text } = await outcome({ model: 'gpt?fault=mixed-line-ends', stream: true })
  const lines = text.split(/\r\n|\r|\n/)
  let data: string[] = []
  const events: string[] = []
  for (const line of lines) {
    if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
    else if (line === '' && data.length > 0) {
      events.push(data.join('\n'))
      data = []
    }
  }
  expect(events.at(-1)).toBe('[DONE]')
  const words = events.slice(0, -1).map((event) => JSON.parse(event).choices[0]?.delta.content ?? '')
  expect(words.join('')).toBe('word0 word1 word2 word3 word4')
})

test('a huge line is one event of the size asked for', async () => {
  const { text } = await outcome({ model: 'gpt?fault=huge-line', stream: true })
  const longest = Math.max(...text.split('\n').map((line) => line.length))
  expect(longest).toBeGreaterThan(10 * 1024 * 1024)
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a misspelt script is an error, not a correct answer', () => {
  expect(() => parsePlan('fault=rest')).toThrow('fault=rest')
  expect(() => parsePlan('chunks=many')).toThrow('chunks')
})

test('every fault case that answers with a status gives exactly that status', async () => {
  const statuses = FAULT_CASES.flatMap(({ plan }) => (plan.status ? [{ plan, status: plan.status }] : []))
  for (const { plan, status } of statuses) {
    upstream.script(plan)
    expect((await outcome({})).status).toBe(status)
  }
  expect(statuses.length).toBeGreaterThan(12)
})
