import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { daysFromNow, makeCertificate, type TestCertificate, writeCertificate } from '../../test/harness/certificate.ts'
import { ConfigError } from './config.ts'
import { loadTlsPair } from './load-tls-pair.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sw-tls-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function load(pair: TestCertificate) {
  const files = await writeCertificate(folder, pair)
  return loadTlsPair({ certFile: files.TLS_CERT, keyFile: files.TLS_KEY }, Date.now())
}

/** What is said, with the folder left out. */
async function problemsOf(pair: TestCertificate): Promise<readonly string[]> {
  const error: unknown = await load(pair).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw error
  return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''))
}

const good = makeCertificate()

test('a certificate and its key are read, with whom it is for and until when', async () => {
  const validTo = new Date('2126-01-02T03:04:05Z')
  const pair = makeCertificate({ validTo })
  expect(await load(pair)).toEqual({
    ...pair,
    names: 'DNS:localhost, IP Address:127.0.0.1',
    expiresAt: validTo.getTime(),
  })
})

test('certificates up to the issuer may follow in the same file', async () => {
  const cert = good.cert + makeCertificate().cert
  expect((await load({ ...good, cert })).cert).toBe(cert)
})

const locked = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'hidden',
})
const weak = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })

test.each<[string, TestCertificate, string]>([
  ['no certificate', { ...good, cert: 'hello' }, 'TLS_CERT: cert.pem holds no certificate in PEM'],
  ['a key for a certificate', { ...good, cert: good.key }, 'TLS_CERT: cert.pem holds no certificate in PEM'],
  ['no key', { ...good, key: good.cert }, 'TLS_KEY: key.pem holds no private key in PEM'],
  [
    'an encrypted key',
    { ...good, key: locked.toString() },
    'TLS_KEY: key.pem is encrypted; store it without a passphrase',
  ],
  [
    'the key of another',
    { ...good, key: makeCertificate().key },
    'TLS_KEY: key.pem is not the key of the certificate in cert.pem',
  ],
  [
    'a key of another kind',
    { ...good, key: weak.toString() },
    'TLS_KEY: key.pem is not the key of the certificate in cert.pem',
  ],
])('%s is refused in one sentence that names the file', async (_what, pair, problem) => {
  expect(await problemsOf(pair)).toEqual([problem])
})

test('a certificate out of its time is refused with that time', async () => {
  const [validTo, validFrom] = [daysFromNow(-1), daysFromNow(1)].map((date) => new Date(date.setUTCMilliseconds(0)))
  expect(await problemsOf(makeCertificate({ validFrom: daysFromNow(-2), ...(validTo && { validTo }) }))).toEqual([
    `TLS_CERT: cert.pem has expired, at ${validTo?.toISOString()}`,
  ])
  expect(await problemsOf(makeCertificate({ validTo: daysFromNow(2), ...(validFrom && { validFrom }) }))).toEqual([
    `TLS_CERT: cert.pem is not valid before ${validFrom?.toISOString()}`,
  ])
})

test('a file that is missing, or whose later certificates are broken, is refused', async () => {
  const files = { certFile: join(folder, 'none.pem'), keyFile: join(folder, 'none.key') }
  expect(() => loadTlsPair(files, Date.now())).toThrow(/^TLS_CERT: .*none\.pem can't be read: ENOENT/)
  const broken = `${good.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
  expect(await problemsOf({ ...good, cert: broken })).toEqual([
    expect.stringMatching(/^TLS_CERT: cert\.pem can't be used: /),
  ])
})
