import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a credential of ours looks like; scanners may use it. The last 8 digits are the CRC-32 of the 56 before them. */
export const SECRET_KEY_PATTERN = /^sk-or-v1-[0-9a-f]{64}$/
const PREFIX = 'sk-or-v1-'
const RANDOM_BYTES = 28

/** A new credential: 224 random bits and their checksum. Shown once, stored only as `hashSecretKey` of it. */
export function newSecretKey(): string {
  const random = randomBytes(RANDOM_BYTES).toString('hex')
  return PREFIX + random + checksum(random)
}

/** Whether the text has our format and its checksum is right. A wrong checksum alone is no reason to refuse a key: imported
 *  ones have none. It only tells a typo from a stranger without a look-up. */
export function hasValidChecksum(key: string): boolean {
  return SECRET_KEY_PATTERN.test(key) && checksum(key.slice(PREFIX.length, -8)) === key.slice(-8)
}

/** SHA-256 of the whole credential as 64 lowercase hex digits: its identity in the store and on the wire. */
export function hashSecretKey(key: string): string {
  return hash('sha256', key, 'hex')
}

/** `sk-or-v1-abc...123`: never more than six characters of the secret part. */
export function maskSecretKey(key: string): string {
  const secret = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key
  return `${PREFIX}${secret.slice(0, 3)}...${secret.slice(-3)}`
}

function checksum(random: string): string {
  return crc32(random).toString(16).padStart(8, '0')
}
