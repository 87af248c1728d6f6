import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { watchHealth } from '../harness/health-watch.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * Bodies as large as the gateway takes by default, each made so that reading it costs as much as it can. Beside each, a
 * second caller asks for the health of the process without pause: the longest wait is printed.
 */

const MEBIBYTE = 1_048_576
const BODY_BYTES_MAX = 32 * MEBIBYTE
const HELLO = '"messages":[{"role":"user","content":"Hi"}]'

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  // Of a model that is known to take less the request would be refused for its length.
  const config = JSON.stringify(oneProvider(upstream.baseUrl)).replaceAll('128000', '128000000')
  gateway = await startGateway({ config: JSON.parse(config) })
  key = await gateway.createKey()
})
afterEach(async () => {
  expect(gateway.exit()).toBeUndefined()
  expect((await chat(gateway, key)).status).toBe(200)
  expect(gateway.stderr).toEqual([])
  upstream.reset()
})
afterAll(async () => {
  process.stdout.write(`large bodies: the process held at most ${Math.round(memoryPeak() / MEBIBYTE)} MiB\n`)
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

/** Sends a body and returns its status; prints how long another caller had to wait in the meantime. */
async function post(name: string, body: string, path = '/api/v1/chat/completions'): Promise<number> {
  const secret = path.endsWith('/completions') ? key : gateway.managementKey
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const watch = await watchHealth(`${gateway.url}/healthz`)
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body }).finally(async () => {
    process.stdout.write(`${name}: another caller waited up to ${Math.round(await watch.stop())} ms\n`)
  })
  await response.arrayBuffer()
  return response.status
}

interface Message {
  content: string
}

/** Of the last request that a provider got. */
function sentMessages(): Message[] {
  return (upstream.requests.at(-1)?.body as { messages: Message[] } | undefined)?.messages ?? []
}

/** `frame` with its one `@` replaced by as many repetitions of `unit` as the limit leaves room for. */
function fill(frame: string, unit: string, bytesMax = BODY_BYTES_MAX): string {
  const count = Math.floor((bytesMax - frame.length) / unit.length)
  return frame.replace('@', () => unit.repeat(count).replace(/,$/, ''))
}

const inModel = (fields: string) => `{"model":"alpha/small",${fields}}`

test.each([
  ['messages that are numbers', fill(inModel('"messages":[@]'), '0,')],
  ['messages that are empty objects', fill(inModel('"messages":[@]'), '{},')],
  ['parts that are numbers', fill(inModel('"messages":[{"role":"user","content":[@]}]'), '0,')],
  ['as many messages with bad parts as may be', inModel(`"messages":[${badParts(49, 9_999)}]`)],
  ['as many bad messages as may be', inModel(`"messages":[${'{"role":"x","content":5},'.repeat(49_000)}0]`)],
  ['models that are numbers', fill(inModel(`"models":[@],${HELLO}`), '0,')],
  ['stops that are numbers', fill(inModel(`"stop":[@],${HELLO}`), '0,')],
  ['quantizations that are none', fill(inModel(`"provider":{"quantizations":[@]},${HELLO}`), '0,')],
  ['an unknown field of numbers', fill(inModel(`"other":[@],${HELLO}`), '0,')],
  ['an unknown field of empty lists', fill(inModel(`"other":[@],${HELLO}`), '[],')],
  ['1,000,000 keys', inModel(`"other":{${manyKeys(1_000_000)}},${HELLO}`)],
  ['100,001 keys', inModel(`"other":{${manyKeys(100_001)}},${HELLO}`)],
  ['nothing but opening brackets', fill('@', '[')],
  ['nothing but quotes', fill('@', '"')],
  ['nothing but colons', fill('@', ':')],
  ['nothing but backslashes', fill('"@', '\\')],
])('H3 %s are refused with 400', async (name, body) => {
  expect(await post(name, body)).toBe(400)
  expect(upstream.requests).toHaveLength(0)
})

test.each([
  ['one string', 'x'],
  ['one string of escaped quotes', '\\"'],
  ['one string of escaped backslashes', '\\\\'],
  ['one string of line breaks', '\\n'],
  ['one string of surrogate pairs', '\\ud83d\\ude00'],
  ['one string of two-byte letters', 'ж'],
])('H3 %s up to the limit is read and sent on as it is', async (name, unit) => {
  const frame = inModel('"max_tokens":1,"messages":[{"role":"user","content":"@"}]')
  const body = fill(frame, unit, unit === 'ж' ? BODY_BYTES_MAX / 2 : BODY_BYTES_MAX)
  expect(await post(name, body)).toBe(200)
  const { messages: given } = JSON.parse(body) as { messages: Message[] }
  // Not compared by `toEqual`: it would print both.
  expect(sentMessages()[0]?.content === given[0]?.content).toBe(true)
})

test('H3 as many messages as a conversation can have are read and sent on', async () => {
  const body = inModel(`"max_tokens":1,"messages":[${'{"role":"user","content":"Hi"},'.repeat(40_000).slice(0, -1)}]`)
  expect(await post('40,000 messages', body)).toBe(200)
  expect(sentMessages()).toHaveLength(40_000)
})

test('H3 a string of 100 MB is refused with 413', async () => {
  const body = fill(inModel('"messages":[{"role":"user","content":"@"}]'), 'x', 100 * MEBIBYTE)
  // The connection may be gone before all is sent: then there is no answer to read.
  const status = await post('a string of 100 MB', body).catch(() => 'cut off')
  expect([413, 'cut off']).toContain(status)
  expect(upstream.requests).toHaveLength(0)
})

test.each([
  ['user ids that are numbers', '{"user_ids":[@]}', '0,', '/api/v1/workspaces/default/members/add'],
  ['tools that are numbers', '{"name":"x","slug":"x","disabled_server_tools":[@]}', '0,', '/api/v1/workspaces'],
  ['tools that are empty lists', '{"name":"x","slug":"x","disabled_server_tools":[@]}', '[],', '/api/v1/workspaces'],
  ['a name of quotes', '{"name":"@"}', '\\"', '/api/v1/keys'],
])('H3 in the management API, %s up to its limit are refused with 400', async (name, frame, unit, path) => {
  expect(await post(name, fill(frame, unit, MEBIBYTE), path)).toBe(400)
})

function badParts(messages: number, parts: number): string {
  const message = `{"role":"user","content":[${'0,'.repeat(parts)}0]}`
  return `${message},`.repeat(messages).slice(0, -1)
}

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')
}

/** The most memory that the process ever had. */
function memoryPeak(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1_024
}
