import { hash, randomBytes } from 'node:crypto'

const PREFIX = 'scim-v1-'
const RANDOM_BYTES = 32

/** A new secret for a directory service. Shown once, stored only as `hashDirectoryToken` of it. */
export function newDirectoryToken(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString('hex')
}

/** SHA-256 of the whole secret as 64 lowercase hex digits. */
export function hashDirectoryToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/** `scim-v1-abc...123`. */
export function maskDirectoryToken(token: string): string {
  return `${token.slice(0, PREFIX.length + 3)}...${token.slice(-3)}`
}
