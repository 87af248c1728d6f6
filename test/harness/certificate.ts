/** Certificates for tests: self-signed, on the curve P-256. Source: RFC 5280, RFC 5480; DER as in X.690. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface TestCertificate {
  /** PEM. */
  cert: string
  key: string
}

export interface CertificateOptions {
  commonName?: string
  validFrom?: Date
  validTo?: Date
}

const DAY_MS = 86_400_000
const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, utf8: 0x0c, time: 0x18, sequence: 0x30, set: 0x31 }
const OID = { ecdsaWithSha256: '06082a8648ce3d040302', commonName: '0603550403', subjectAltName: '0603551d11' }
const VERSION_3 = Buffer.from('a003020102', 'hex')
const EXTENSIONS_TAG = 0xa3
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** For `localhost` and 127.0.0.1, valid from yesterday until tomorrow. */
export function makeCertificate(options: CertificateOptions = {}): TestCertificate {
  const { commonName = 'test', validFrom = daysFromNow(-1), validTo = daysFromNow(1) } = options
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(TAG.sequence, hex(OID.ecdsaWithSha256))
  const attribute = der(TAG.sequence, hex(OID.commonName), der(TAG.utf8, Buffer.from(commonName)))
  const name = der(TAG.sequence, der(TAG.set, attribute))
  const names = der(TAG.sequence, der(DNS_NAME, Buffer.from('localhost')), der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])))
  const extension = der(TAG.sequence, hex(OID.subjectAltName), der(TAG.octets, names))
  const body = der(
    TAG.sequence,
    VERSION_3,
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    der(TAG.sequence, time(validFrom), time(validTo)),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS_TAG, der(TAG.sequence, extension)),
  )
  const signature = der(TAG.bits, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const base64 = der(TAG.sequence, body, algorithm, signature).toString('base64')
  const cert = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** As the settings TLS_CERT and TLS_KEY, in files of a folder. */
export async function writeCertificate(folder: string, { cert, key }: TestCertificate) {
  const files = { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') }
  await Promise.all([writeFile(files.TLS_CERT, cert), writeFile(files.TLS_KEY, key)])
  return files
}

export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS)
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function time(date: Date): Buffer {
  return der(TAG.time, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`))
}
