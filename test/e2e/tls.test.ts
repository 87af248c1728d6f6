import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { daysFromNow, makeCertificate, type TestCertificate, writeCertificate } from '../harness/certificate.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { Visitor } from '../harness/visitor.ts'

const first = makeCertificate()
const PROGRAM = join(import.meta.dirname, '../../bin/switchyard')
let folder: string
let files: { TLS_CERT: string; TLS_KEY: string }
let gateway: Gateway

beforeAll(async () => {
  setDefaultCACertificates([...getCACertificates(), first.cert])
  folder = await mkdtemp(join(tmpdir(), 'sw-tls-'))
  files = await writeCertificate(folder, first)
  gateway = await startGateway({ env: { ...files, SWITCHYARD_SIM: 'on' } })
})

afterAll(async () => {
  expect(await gateway.stop()).toBe(0)
  await rm(folder, { recursive: true })
})

const portOf = ({ url }: Gateway) => Number(new URL(url).port)
const fingerprintOf = ({ cert }: TestCertificate) => new X509Certificate(cert).fingerprint256

/** What a new connection is shown, and in which version. */
async function shakeHands(options: ConnectionOptions = {}) {
  const socket = connectTls({ port: portOf(gateway), host: '127.0.0.1', rejectUnauthorized: false, ...options })
  try {
    await once(socket, 'secureConnect')
    return { protocol: socket.getProtocol(), fingerprint: socket.getPeerX509Certificate()?.fingerprint256 }
  } finally {
    socket.destroy()
  }
}

describe('with a certificate', () => {
  test('requests are answered over TLS 1.3, whole and as a stream, and every link is https', async () => {
    expect(await shakeHands()).toEqual({ protocol: 'TLSv1.3', fingerprint: fingerprintOf(first) })
    expect(gateway.url).toMatch(/^https:/)
    expect(gateway.stdout.find((line) => line.includes('"set_up_needed"'))).toContain(`${gateway.url}/setup?token=`)
    const key = await gateway.createKey()
    const messages = [{ role: 'user', content: 'over TLS' }]
    for (const stream of [false, true]) {
      const body = { model: 'sim/echo', messages, stream }
      const answer = await gateway.call('POST', '/api/v1/chat/completions', { key, body })
      expect(answer.status).toBe(200)
      expect(JSON.stringify(answer.body)).toContain(stream ? '[DONE]' : 'over TLS')
    }
  })

  test('a large body arrives whole', async () => {
    const key = await gateway.createKey()
    const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'x'.repeat(3_000_000) }] }
    expect((await gateway.call('POST', '/api/v1/chat/completions', { key, body })).status).toBe(200)
  })

  test('TLS 1.2 is refused by the alert that says so', async () => {
    await expect(shakeHands({ maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    })
  })

  test.each(['GET / HTTP/1.1\r\nhost: x\r\n\r\n', 'PATCH /api/v1/keys HTTP/1.1\r\nhost: x\r\n\r\n', 'hello'])(
    'what is not TLS is reset without a byte of answer: %j',
    async (bytes) => {
      const socket = connect(portOf(gateway), '127.0.0.1')
      let received = 0
      socket.on('data', ({ length }) => {
        received += length
      })
      socket.write(bytes)
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
      expect([error.code, received]).toEqual(['ECONNRESET', 0])
    },
  )

  test('callers that go away amid the handshake, or send it broken, leave the others alone', async () => {
    for (const bytes of [[], [22], [22, 3, 1, 0, 5], [22, 3, 1, 0, 1, 255], Array(400).fill(22)]) {
      const socket = connect(portOf(gateway), '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.end(Buffer.from(bytes))
      await sleep(5)
      socket.resetAndDestroy()
    }
    expect((await gateway.call('GET', '/readyz')).status).toBe(200)
    expect(gateway.stderr).toEqual([])
  })

  test('S11 the cookie of a session is __Host-, Secure, HttpOnly and SameSite=Lax', async () => {
    const visitor = new Visitor(gateway.url)
    const person = { email: 'ada@example.test', password: 'an engine of analysis' }
    expect((await visitor.post('/setup', { token: await setUpToken(gateway.stdout), ...person })).status).toBe(201)
    expect((await visitor.post('/auth-api/sign-in', person)).status).toBe(200)
    const [value, ...attributes] = visitor.setCookies[0]?.split('; ') ?? []
    expect(value).toMatch(/^__Host-switchyard\.session=/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect((await visitor.get('/auth-api/session')).body.data.user.email).toBe(person.email)
  })

  test('the command line reaches it at its https URL, and says so where the URL is another', async () => {
    const run = async (url: string) => {
      const env = {
        PATH: process.env['PATH'],
        NODE_EXTRA_CA_CERTS: files.TLS_CERT,
        SWITCHYARD_URL: url,
        SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
      }
      const child = spawn(process.execPath, [PROGRAM, 'workspaces', 'list'], { env })
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
      return { code: code as unknown, stdout, stderr }
    }
    expect(await run(gateway.url)).toMatchObject({ code: 0, stdout: expect.stringContaining('"default"'), stderr: '' })
    expect(await run(gateway.url.replace('https', 'http'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('; is it at an https URL?'),
    })
  })
})

describe('a changed pair', () => {
  const told = (type: string) => gateway.stdout.filter((line) => line.includes(`"${type}"`))
  const isShown = (pair: TestCertificate) =>
    expect.poll(async () => (await shakeHands()).fingerprint, { timeout: 10_000 }).toBe(fingerprintOf(pair))

  test('is shown to new connections once both files are there; those that are open go on', async () => {
    const open = connectTls({ port: portOf(gateway), host: '127.0.0.1', rejectUnauthorized: false })
    await once(open, 'secureConnect')
    const second = makeCertificate({ commonName: 'second' })
    await writeCertificate(folder, second)
    await isShown(second)
    open.write('GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    expect(await text(open)).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('that does not fit, has expired or is gone leaves the one before, and is reported each time', async () => {
    const { fingerprint } = await shakeHands()
    const begin = told('certificate_rejected').length
    const [other, old] = [makeCertificate(), makeCertificate({ validFrom: daysFromNow(-9), validTo: daysFromNow(-2) })]
    await writeFile(files.TLS_KEY, other.key)
    await expect.poll(() => told('certificate_rejected').at(-1), { timeout: 10_000 }).toContain('is not the key of')
    await writeCertificate(folder, old)
    await expect.poll(() => told('certificate_rejected').at(-1), { timeout: 10_000 }).toContain('has expired')
    await rename(files.TLS_CERT, join(folder, 'elsewhere.pem'))
    await expect.poll(() => told('certificate_rejected').at(-1), { timeout: 10_000 }).toContain("can't be read")
    expect(told('certificate_rejected').length).toBeGreaterThanOrEqual(begin + 3)
    expect((await shakeHands()).fingerprint).toBe(fingerprint)
  })

  test('is taken over on SIGHUP too', async () => {
    const third = makeCertificate({ commonName: 'third' })
    await writeCertificate(folder, third)
    const before = told('certificate_loaded').length
    await isShown(third)
    await expect.poll(() => told('certificate_loaded').length).toBeGreaterThan(before)
    await sleep(500)
    const atRest = told('certificate_loaded').length
    gateway.signal('SIGHUP')
    await expect.poll(() => told('certificate_loaded').length, { timeout: 10_000 }).toBe(atRest + 1)
  })

  test('no line of the log holds a key', () => {
    const keyLine = first.key.split('\n')[1] ?? ''
    expect(keyLine).toHaveLength(64)
    expect(gateway.stdout.join('\n')).not.toContain(keyLine)
  })
})

test('a pair that can not be used ends the start with exit 1 and one sentence', async () => {
  const own = await mkdtemp(join(tmpdir(), 'sw-tls-'))
  const pair = makeCertificate()
  try {
    const env = await writeCertificate(own, { ...pair, key: makeCertificate().key })
    await expect(startGateway({ env })).rejects.toThrow(
      /^server ended with 1 before serving\n[\s\S]*TLS_KEY: \S+key\.pem is not the key of the certificate in \S+cert\.pem$/,
    )
  } finally {
    await rm(own, { recursive: true })
  }
})
