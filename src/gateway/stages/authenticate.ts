import { MISSING_KEY_MESSAGE, UNKNOWN_KEY_MESSAGE } from '../../contract/common/errors.ts'
import type { Actor } from '../../domain/actor.ts'
import { AppError } from '../../domain/app-error.ts'
import { isInIpRanges } from '../../domain/ip-ranges.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import type { KeyDirectory } from '../key-directory.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'

const BEARER = /^bearer +(\S{1,512})$/i

/** The key behind an Authorization header, dead or alive; undefined when there never was one. 401 without a header or with
 *  one of another form. */
export function findPresentedKey(
  authorization: string | undefined,
  keys: KeyDirectory,
): KeySnapshot | undefined | Promise<KeySnapshot | undefined> {
  if (authorization === undefined || authorization === '') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  const secret = BEARER.exec(authorization)?.[1]
  if (secret === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return keys.find(hashSecretKey(secret))
}

/** Management keys administer, inference keys infer; neither does the other's work. Some do neither. */
export function requireInferenceKey(key: KeySnapshot): void {
  if (key.mayInfer) return
  const kind = key.type === 'management' ? 'Management keys' : 'Keys without the permission inference'
  throw new AppError('forbidden', `${kind} cannot call inference endpoints`, { keyId: key.id })
}

/** Throws the 401 of a key that is unknown, disabled or expired. */
export function requireAlive(key: KeySnapshot | undefined, now: number): KeySnapshot {
  if (key === undefined || key.disabled || (key.expiresAt !== null && key.expiresAt <= now)) {
    throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE, { keyId: key?.id })
  }
  return key
}

/** Who sent a management call. Without a header nobody; with one the living key behind it, else 401; 403 for a key that may
 *  not be used from `ip`, whatever state it is in. */
export async function authenticateActor(
  head: { authorization: string | undefined; ip: string },
  keys: KeyDirectory,
  now: number,
): Promise<Actor> {
  const { authorization, ip } = head
  if (authorization === undefined || authorization === '') return { kind: 'anonymous' }
  const found = await findPresentedKey(authorization, keys)
  if (found?.allowedIps && !isInIpRanges(ip, found.allowedIps)) {
    throw new AppError('forbidden', 'Forbidden', { keyId: found.id, ip })
  }
  return toActor(requireAlive(found, now))
}

function toActor(key: KeySnapshot): Actor {
  const { creatorUserId, organizationId, permissions, type, workspaceId } = key
  const common = { organizationId, keyId: key.id, keyHash: key.hash, permissions }
  if (workspaceId === null) return { kind: 'management_key', ...common, creatorUserId, userId: null }
  return { kind: 'key', ...common, type, workspaceId, userId: creatorUserId }
}
