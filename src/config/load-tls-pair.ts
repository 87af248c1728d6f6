import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError } from './config.ts'
import type { TlsFiles } from './tls-settings.ts'

export interface TlsPair {
  /** PEM texts, known to fit. */
  readonly cert: string
  readonly key: string
  /** Whom the certificate is for, as it says itself. */
  readonly names: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Reads a certificate and its key. Throws ConfigError, which says in one sentence why they can't be used. */
export function loadTlsPair({ certFile, keyFile }: TlsFiles, nowMs: number): TlsPair {
  const [cert, key] = [readText('TLS_CERT', certFile), readText('TLS_KEY', keyFile)]
  const certificate = parseCertificate(cert, certFile)
  requireInTime(certificate, { certFile, nowMs })
  if (!certificate.checkPrivateKey(parseKey(key, keyFile)))
    throw fault('TLS_KEY', `${keyFile} is not the key of the certificate in ${certFile}`)
  try {
    // Reads also the certificates behind the first, and knows which keys are too weak.
    createSecureContext({ cert, key, minVersion: 'TLSv1.3' })
  } catch (error) {
    throw fault('TLS_CERT', `${certFile} can't be used: ${(error as Error).message}`)
  }
  const { subjectAltName, subject, validToDate } = certificate
  return { cert, key, names: subjectAltName ?? subject, expiresAt: validToDate.getTime() }
}

function readText(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fault(setting, `${file} can't be read: ${(error as Error).message}`)
  }
}

function parseCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw fault('TLS_CERT', `${file} holds no certificate in PEM`)
  }
}

function parseKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    const isLocked = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)
    throw fault(
      'TLS_KEY',
      isLocked ? `${file} is encrypted; store it without a passphrase` : `${file} holds no private key in PEM`,
    )
  }
}

function requireInTime(
  { validFromDate, validToDate }: X509Certificate,
  { certFile, nowMs }: { certFile: string; nowMs: number },
): void {
  if (validToDate.getTime() <= nowMs)
    throw fault('TLS_CERT', `${certFile} has expired, at ${validToDate.toISOString()}`)
  if (validFromDate.getTime() > nowMs)
    throw fault('TLS_CERT', `${certFile} is not valid before ${validFromDate.toISOString()}`)
}

function fault(setting: string, sentence: string): ConfigError {
  return new ConfigError([`${setting}: ${sentence}`])
}
