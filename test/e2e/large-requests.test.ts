import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * H2 for all requests together: what large bodies hold of the memory has a bound of its own.
 */

const MEBIBYTE = 1_048_576
const LARGE = 'x'.repeat(1.5 * MEBIBYTE)

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  // Of a model that is known to take less the request would be refused for its length.
  const config = JSON.stringify(oneProvider(upstream.baseUrl)).replaceAll('128000', '128000000')
  // Room for two of them.
  const env = { SWITCHYARD_LARGE_BYTES_MAX: `${4 * MEBIBYTE}` }
  gateway = await startGateway({ config: JSON.parse(config), env })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const ask = (content: string) => chat(gateway, key, { messages: [{ role: 'user', content }] })

/** Two that are at the provider until `release` is called. */
async function fill(): Promise<{ answers: Promise<{ status: number }[]>; release: () => void }> {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const before = upstream.openRequestCount()
  upstream.script({ gate })
  upstream.script({ gate })
  const answers = Promise.all([ask(LARGE), ask(LARGE)])
  await upstream.waitUntil('two at the provider', () => upstream.openRequestCount() === before + 2, 30_000)
  return { answers, release }
}

/** The status of a body that doesn't say how long it is. */
function askUndeclared(content: string): Promise<number | undefined> {
  const body = JSON.stringify({ model: 'alpha/small', messages: [{ role: 'user', content }] })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    for (let at = 0; at < body.length; at += 65_536) request.write(body.slice(at, at + 65_536))
    request.end()
  })
}

test('H2 a large request beside others that hold all there is is told to come back, and small ones are served', async () => {
  // Again and again, so that what is not given back, or given back twice, would show.
  for (let round = 0; round < 3; round += 1) {
    const { answers, release } = await fill()
    const refused = await ask(LARGE)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(refused.json?.['error']).toMatchObject({ message: 'Too many large requests at a time; try again later' })
    expect((await ask('small')).status).toBe(200)
    release()
    expect((await answers).map(({ status }) => status)).toEqual([200, 200])
  }
  expect(await askUndeclared(LARGE)).toBe(200)
})

test('H2 a body that was cut off, and one that is refused, hold nothing any more', async () => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': LARGE.length }
  for (let times = 0; times < 4; times += 1) {
    const request = httpRequest(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers })
    request.on('error', () => {})
    await new Promise((resolve) => request.write('{"model":', resolve))
    request.destroy()
    expect((await chat(gateway, key, { messages: [], filler: LARGE })).status).toBe(400)
  }
  await expect.poll(async () => (await ask(LARGE)).status).toBe(200)
  const { answers, release } = await fill()
  release()
  expect((await answers).map(({ status }) => status)).toEqual([200, 200])
})

test('H2 a request alone may be larger than all may be together', async () => {
  expect((await ask('x'.repeat(6 * MEBIBYTE))).status).toBe(200)
})
