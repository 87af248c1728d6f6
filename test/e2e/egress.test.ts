import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { Visitor } from '../harness/visitor.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * S8: addresses that customers give lead nowhere inside. Traps listen on 127.0.0.1 and ::1; 127.0.0.2, which the operator opened, stands
 * for the outside. Names whose answers change are in `src/upstream/guarded-connect.test.ts`.
 */

const OUTSIDE = '127.0.0.2'
const REDIRECTS = [301, 302, 303, 307, 308]

let gateway: Gateway
let upstream: ScriptedUpstream
let outside: Server
const asked: (string | undefined)[] = []
let port = 0
let trapped = 0
/** What the identity provider outside says of where its keys are, and where codes become tokens. */
let identityPlaces = { jwks_uri: '', token_endpoint: '' }
/** Longer than what is weighed between other requests. */
const LONG_PDF = Buffer.from(`%PDF-1.4\n${'1 0 obj <</Type /Page>> endobj\n'.repeat(50_000)}`)
const traps: Server[] = []

beforeAll(async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const trap = createServer((socket) => {
      trapped += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => trap.listen(port, host, resolve))
    port = (trap.address() as AddressInfo).port
    traps.push(trap)
  }
  outside = createHttpServer((request, response) => {
    asked.push(request.url)
    if (request.url === '/file.pdf') {
      response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF')
      return
    }
    if (request.url === '/long.pdf') {
      response.writeHead(200, { 'content-type': 'application/pdf' }).end(LONG_PDF)
      return
    }
    if (request.url === '/archive.pdf') {
      response.writeHead(200, { 'content-type': 'application/zip' }).end(LONG_PDF)
      return
    }
    if (request.url === '/.well-known/openid-configuration') {
      const issuer = `http://${OUTSIDE}:${port}`
      response.end(JSON.stringify({ issuer, authorization_endpoint: `${issuer}/authorize`, ...identityPlaces }))
      return
    }
    if (request.url === '/keys') {
      response.end('{"keys":[]}')
      return
    }
    const [, status = '200'] = /^\/(\d+)/.exec(request.url ?? '') ?? []
    response.writeHead(Number(status), { location: `http://127.0.0.1:${port}/v1/chat/completions` }).end('{}')
  })
  await new Promise<void>((resolve) => outside.listen(port, OUTSIDE, resolve))
  upstream = await startScriptedUpstream()
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    env: {
      SWITCHYARD_EGRESS_ALLOW: `${OUTSIDE}/32`,
      OIDC_ISSUER: `http://${OUTSIDE}:${port}`,
      OIDC_CLIENT_ID: 'switchyard',
      OIDC_CLIENT_SECRET: 'not-so-secret',
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  for (const server of [...traps, outside]) server?.close()
})

/** Everything that is this machine, or inside, in the spellings that there are. */
function insideUrls(): string[] {
  const hosts = [
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '0.0.0.0',
    '0',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'sub.localhost',
    hostname(),
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[fe80::1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    'user:password@127.0.0.1',
    `${OUTSIDE}@127.0.0.1`,
    '127%2e0%2e0%2e1',
    '１２７.0.0.1',
  ]
  return hosts.flatMap((host) => [`http://${host}:${port}`, `https://${host}:${port}`])
}

const NO_HTTP = [
  'ftp://127.0.0.2/',
  'file:///etc/passwd',
  'gopher://127.0.0.2:6379/_',
  'ws://127.0.0.2/',
  'data:,x',
  '//127.0.0.1',
]
const OTHER_PORTS = [`http://${OUTSIDE}:22`, `http://${OUTSIDE}:6379`, 'https://llm.example.test:6379']

let made = 0

/** Adds a provider of the organization's and asks it; the statuses of both, the second only where the first succeeded. */
async function addAndAsk(key: string, baseUrl: string): Promise<number[]> {
  made += 1
  const models = [{ id: `own/model-${made}`, context_length: 8_000, free: true }]
  const body = { slug: `own-${made}`, base_url: baseUrl, models }
  const { status } = await gateway.call('POST', '/api/v1/providers/custom', { body })
  if (status !== 201) return [status]
  const answer = await chat(gateway, key, { model: `own/model-${made}` })
  await gateway.call('DELETE', `/api/v1/providers/custom/own-${made}`)
  return [status, answer.status]
}

test('S8 the address of a provider that leads inside is refused, or not connected to where it is a name', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  for (const url of insideUrls()) {
    const statuses = await addAndAsk(key, `${url}/v1`)
    expect([url, statuses[0] === 400 || (statuses[1] ?? 0) >= 500]).toEqual([url, true])
  }
  for (const url of [...NO_HTTP, ...OTHER_PORTS]) expect([url, await addAndAsk(key, url)]).toEqual([url, [400]])
  expect(trapped).toBe(0)
})

test('S8 the address of a credential that leads inside is refused, or not connected to where it is a name', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  for (const url of [...insideUrls(), ...NO_HTTP, ...OTHER_PORTS]) {
    const body = { provider: 'alpha', key: 'sk-own-0123456789abcdef', base_url: url, is_required: true }
    const made = await gateway.call('POST', '/api/v1/byok', { body })
    if (made.status === 400) continue
    expect([url, made.status, (await chat(gateway, key)).status]).toEqual([url, 201, 502])
    const { id } = (made.body as { data: { id: string } }).data
    await gateway.call('DELETE', `/api/v1/byok/${id}`)
  }
  expect(upstream.requests).toEqual([])
  expect(trapped).toBe(0)
})

test('S8 what an opened address redirects to is not followed', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  for (const status of REDIRECTS) {
    expect(await addAndAsk(key, `http://${OUTSIDE}:${port}/${status}`)).toEqual([201, 502])
  }
  expect(trapped).toBe(0)
})

test('S8 webhooks lead nowhere inside, and to no redirect', async () => {
  const redirects = REDIRECTS.map((status) => `http://${OUTSIDE}:${port}/${status}`)
  let accepted = 0
  for (const url of [...insideUrls(), ...NO_HTTP, ...OTHER_PORTS, ...redirects]) {
    const deliver = { type: 'webhook', url, signing_secret: 'x'.repeat(16) }
    const answer = await gateway.call('POST', '/api/v1/keys', { body: { name: 'rotated' } })
    const { hash } = (answer.body as { data: { hash: string } }).data
    const { status } = await gateway.call('POST', `/api/v1/keys/${hash}/rotate`, { body: { deliver } })
    if (status === 200) accepted += 1
    else expect([url, status]).toEqual([url, 400])
  }
  expect(accepted).toBeGreaterThan(REDIRECTS.length)
  const failures = () =>
    new Set(
      gateway.stdout.flatMap((line) => (line.includes('delivery_failed') ? (/"id":"([^"]+)"/.exec(line) ?? []) : [])),
    )
  await expect.poll(() => failures().size, { timeout: 20_000 }).toBeGreaterThanOrEqual(accepted)
  expect(trapped).toBe(0)
})

test('S8 an identity provider leads nowhere inside, neither by where its keys are nor by where codes become tokens', async () => {
  const outside = `http://${OUTSIDE}:${port}`
  const away = '/sign-in?error=provider_away'
  const begin = async () => {
    const { headers } = await new Visitor(gateway.url).get('/auth-api/sign-in/oidc')
    return headers.get('location')
  }
  const inside = ['127.0.0.1', 'localhost', '[::1]', '2130706433', '[::ffff:127.0.0.1]'].map(
    (host) => `http://${host}:${port}`,
  )
  for (const url of [...inside, `${outside}/302`]) {
    identityPlaces = { jwks_uri: url, token_endpoint: `${outside}/token` }
    expect([url, await begin()]).toEqual([url, away])
  }
  identityPlaces = { jwks_uri: `${outside}/keys`, token_endpoint: `http://127.0.0.1:${port}/token` }
  const visitor = new Visitor(gateway.url)
  const start = await visitor.get('/auth-api/sign-in/oidc')
  const state = new URL(start.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const end = await visitor.get(`/auth-api/sign-in/oidc/callback?code=c&state=${encodeURIComponent(state)}`)
  expect(end.headers.get('location')).toBe(away)
  expect(asked).toEqual(expect.arrayContaining(['/.well-known/openid-configuration', '/302', '/keys']))
  expect(trapped).toBe(0)
})

test('S8 images of messages are fetched by nobody of ours where the provider takes addresses', async () => {
  const key = await gateway.createKey()
  const url = `http://127.0.0.1:${port}/image.png`
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url } },
  ]
  expect((await chat(gateway, key, { messages: [{ role: 'user', content }] })).status).toBe(200)
  expect(upstream.requests.at(-1)?.bodyText).toContain(url)
  expect(trapped).toBe(0)
})

test.each([false, true])(
  'S8 files that have to be fetched are from outside only, and redirects are judged anew (stream: %s)',
  async (stream) => {
    const key = await gateway.createKey({ rate_limit_rpm: 0 })
    const ask = async (url: string) => {
      const content = [{ type: 'file', file: { filename: 'a.pdf', file_data: url } }]
      const { json, status } = await chat(gateway, key, { stream, messages: [{ role: 'user', content }] })
      return [status, (json?.['error'] as { message?: string } | undefined)?.message]
    }
    const refusal = [400, 'An image or file of the messages could not be fetched']
    const before = upstream.requests.length
    const redirects = REDIRECTS.map((status) => `http://${OUTSIDE}:${port}/${status}`)
    for (const url of [...insideUrls(), ...OTHER_PORTS, ...redirects])
      expect([url, ...(await ask(url))]).toEqual([url, ...refusal])
    expect(upstream.requests.length).toBe(before)
    expect(await ask(`http://${OUTSIDE}:${port}/file.pdf`)).toEqual([200, undefined])
    const data = Buffer.from('%PDF').toString('base64')
    expect(upstream.requests.at(-1)?.bodyText).toContain(`data:application/pdf;base64,${data}`)
    expect(trapped).toBe(0)
  },
)

test.each([false, true])(
  'a long document that has to be fetched is given whole, and what is none is refused by its type (stream: %s)',
  async (stream) => {
    const key = await gateway.createKey()
    const ask = async (path: string) => {
      const file = { filename: 'a.pdf', file_data: `http://${OUTSIDE}:${port}${path}` }
      return await chat(gateway, key, { stream, messages: [{ role: 'user', content: [{ type: 'file', file }] }] })
    }
    expect((await ask('/long.pdf')).status).toBe(200)
    const [request] = upstream.requests.slice(-1)
    expect(request?.bodyText.includes(`data:application/pdf;base64,${LONG_PDF.toString('base64')}`)).toBe(true)
    const refused = await ask('/archive.pdf')
    expect([refused.status, refused.json?.['error']]).toMatchObject([
      400,
      { message: 'An image or file of the messages is of the type application/zip, which is not supported' },
    ])
  },
)

test('an address that has no file is asked once, however many models a request names', async () => {
  const key = await gateway.createKey()
  const content = [{ type: 'file', file: { filename: 'a.pdf', file_data: `http://${OUTSIDE}:${port}/404/once` } }]
  const fields = { models: ['alpha/small', 'alpha/flat'], messages: [{ role: 'user', content }] }
  expect((await chat(gateway, key, fields)).status).toBe(400)
  expect(asked.filter((url) => url === '/404/once')).toHaveLength(1)
})

test('the operator of this machine may open a network, and a trap does see who comes', async () => {
  const key = await gateway.createKey()
  // It answers with an empty object, which is no completion: it was connected to.
  expect(await addAndAsk(key, `http://${OUTSIDE}:${port}/200`)).toEqual([201, 502])
  const before = trapped
  await new Promise<void>((resolve) =>
    connect(port, '127.0.0.1')
      .on('close', () => resolve())
      .on('error', () => {}),
  )
  expect(trapped).toBe(before + 1)
})
