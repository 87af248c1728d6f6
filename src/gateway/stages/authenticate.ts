import { MISSING_KEY_MESSAGE, UNKNOWN_KEY_MESSAGE } from '../../contract/common/errors.ts'
import type { Actor } from '../../domain/actor.ts'
import { AppError } from '../../domain/app-error.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import type { KeyDirectory } from '../key-directory.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'

const BEARER = /^bearer +(\S{1,512})$/i

/** The key behind an Authorization header, alive now. 401 for everything else, with one text for whatever is wrong with a
 *  key that was sent. Synchronous for a key in the snapshot. */
function authenticate(
  authorization: string | undefined,
  keys: KeyDirectory,
  now: number,
): KeySnapshot | Promise<KeySnapshot> {
  const found = findPresentedKey(authorization, keys)
  return found instanceof Promise ? found.then((key) => requireAlive(key, now)) : requireAlive(found, now)
}

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

/** Management keys administer, inference keys infer; neither does the other's work. */
export function requireInferenceKey(key: KeySnapshot): void {
  if (key.type === 'management') {
    throw new AppError('forbidden', 'Management keys cannot call inference endpoints', { keyId: key.id })
  }
}

/** Throws the 401 of a key that is unknown, disabled or expired. */
export function requireAlive(key: KeySnapshot | undefined, now: number): KeySnapshot {
  if (key === undefined || key.disabled || (key.expiresAt !== null && key.expiresAt <= now)) {
    throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE, { keyId: key?.id })
  }
  return key
}

/** Who sent a management call. Without a header nobody; with one the living key behind it, else 401. */
export function authenticateActor(
  authorization: string | undefined,
  keys: KeyDirectory,
  now: number,
): Actor | Promise<Actor> {
  if (authorization === undefined || authorization === '') return { kind: 'anonymous' }
  const found = authenticate(authorization, keys, now)
  return found instanceof Promise ? found.then(toActor) : toActor(found)
}

function toActor(key: KeySnapshot): Actor {
  const common = { organizationId: key.organizationId, keyId: key.id, keyHash: key.hash }
  if (key.workspaceId === null) return { kind: 'management_key', ...common, userId: null }
  return { kind: 'key', ...common, workspaceId: key.workspaceId, userId: key.creatorUserId }
}
