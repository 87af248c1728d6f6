import { KEY_ROTATION_OPERATIONS, type KeyRotationWire } from '../../src/contract/management/key-rotation.ts'
import type { RequestOf, ResponseOf } from '../../src/contract/operation.ts'
import { call, send } from './request.ts'

const { getKeyRotation, rotateKeys } = KEY_ROTATION_OPERATIONS

/** Nothing may be connected to there: the delivery stays under way. */
export const UNREACHABLE = {
  type: 'webhook',
  url: 'https://10.255.255.1/hooks/path-that-is-secret?token=query',
} as const

export async function rotateTo(
  hash: string,
  fields: Omit<RequestOf<typeof rotateKeys>, 'hash'> = {},
): Promise<ResponseOf<typeof rotateKeys>> {
  return await call(rotateKeys, { hash, deliver: UNREACHABLE, ...fields })
}

export async function rotationOf(hash: string): Promise<KeyRotationWire> {
  return (await call(getKeyRotation, { hash })).data
}

/** Of the key that belongs to a secret. */
export async function statusOf(key: string): Promise<number> {
  return (await send('GET', '/api/v1/key', { key })).status
}
