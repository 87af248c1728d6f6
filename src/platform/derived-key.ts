import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/** A key of 32 bytes for one purpose, from the installation's secret: none tells anything about another. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `switchyard ${purpose}`, KEY_BYTES))
}
