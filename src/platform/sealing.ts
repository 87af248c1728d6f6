import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A sealed text doesn't open: another key, another place than it was sealed for, or damage. Which, can't be told. */
export class SealBroken extends Error {
  constructor(cause?: unknown) {
    super('a sealed secret does not open: it was sealed with another key or for another place, or it is damaged', {
      cause,
    })
    this.name = 'SealBroken'
  }
}

/**
 * AES-256-GCM with a random nonce of 96 bits: `v1.<nonce>.<ciphertext and tag>`, base64url. `place` is authenticated with it
 * and not stored, so that a sealed text opens only where it belongs. A key of 32 bytes is good for 2^32 texts.
 */
export function seal(key: Buffer, place: string, plaintext: string | Buffer): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(Buffer.from(place))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return `${VERSION}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
}

/** What was sealed. Throws SealBroken. */
export function unseal(key: Buffer, place: string, text: string): Buffer {
  const [version, nonceText = '', sealedText = '', ...rest] = text.split('.')
  const nonce = Buffer.from(nonceText, 'base64url')
  const sealed = Buffer.from(sealedText, 'base64url')
  if (version !== VERSION || rest.length > 0 || nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES)
    throw new SealBroken()
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new SealBroken(error)
  }
}
