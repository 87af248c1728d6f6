import type { IncomingHttpHeaders } from 'node:http'
import { MISSING_KEY_MESSAGE, UNKNOWN_KEY_MESSAGE } from '../../contract/common/errors.ts'
import type { Actor } from '../../domain/actor.ts'
import { AppError } from '../../domain/app-error.ts'
import type { IpRangeSet } from '../../domain/ip-ranges.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import type { KeySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import { readOrigin } from './cross-origin.ts'
import type { Gate, Presented } from './gate.ts'

const CUT_OFF_RETRY_SECONDS = 5
const BEARER = /^bearer +(\S{1,512})$/i

/** The hash of the secret in an Authorization header. 401 without a header or with one of another form, 503 when no key can be
 *  judged at the moment. */
function readSecretHash(authorization: string | undefined, { isCutOff }: Gate): string {
  if (authorization === undefined || authorization === '') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  const secret = BEARER.exec(authorization)?.[1]
  if (secret === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  if (isCutOff()) {
    const options = { retryAfterSeconds: CUT_OFF_RETRY_SECONDS }
    throw new AppError('unavailable', 'The database has been out of reach for too long', {}, options)
  }
  return hashSecretKey(secret)
}

/** The same for inference, where clients of Anthropic's format send the secret in a header of its own. A Bearer token counts before
 *  it, unless it is of another form. */
export function readInferenceSecret(headers: IncomingHttpHeaders, gate: Gate): string {
  const { authorization, 'x-api-key': bare } = headers
  if (!bare || (authorization !== undefined && BEARER.test(authorization))) return readSecretHash(authorization, gate)
  return readSecretHash(`Bearer ${String(bare)}`, gate)
}

/**
 * Throws 403 for a key that may not be used from there: by its own networks, its workspace's and its organization's, all of
 * which must hold the address. It comes before anything else about the key, so that from a wrong address nobody learns
 * whether a secret is good, and leaves no trace on the key.
 */
export function requireAllowedAddress(key: KeySnapshot | undefined, presented: Presented, gate: Gate): void {
  const { ip } = presented
  if (key === undefined || (isAdmitted(key.allowedIps, ip) && isAdmittedAround(key, ip, gate.snapshot))) return
  gate.security.note('forbidden_address', key, presented)
  throw new AppError('forbidden', 'Forbidden', { keyId: key.id, ip })
}

/** Throws the 401 of a key that is unknown, disabled or expired, or whose workspace is gone. Notes that it was used. */
export function requireAlive(key: KeySnapshot | undefined, presented: Presented, gate: Gate): KeySnapshot {
  if (key === undefined || isDead(key, presented.now, gate.snapshot)) {
    if (key === undefined) gate.security.noteUnknown(presented.hash, presented)
    else gate.security.note('dead_key', key, presented)
    throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE, { keyId: key?.id })
  }
  gate.keys.noteUse(key, presented.hash)
  return key
}

/** Management keys administer, inference keys infer; neither does the other's work. Some do neither, and none does more than
 *  its owner may at the moment. */
export function requireInferenceKey(key: KeySnapshot, snapshot: Snapshot): void {
  if (!key.mayInfer) {
    const kind = key.type === 'management' ? 'Management keys' : 'Keys without the permission inference'
    throw new AppError('forbidden', `${kind} cannot call inference endpoints`, { keyId: key.id })
  }
  if (!isOwnerBarred(key, snapshot)) return
  throw new AppError('forbidden', 'The owner of this key may not call models in its workspace', { keyId: key.id })
}

/** Whether the key calls models at the moment, if any are left to it. */
export function callsModels(key: KeySnapshot, snapshot: Snapshot): boolean {
  return key.mayInfer && !isOwnerBarred(key, snapshot)
}

function isOwnerBarred({ creatorUserId, workspaceId }: KeySnapshot, snapshot: Snapshot): boolean {
  if (creatorUserId === null || workspaceId === null) return false
  return snapshot.findWorkspace(workspaceId)?.barredOwners?.has(creatorUserId) === true
}

/** Who sent a management call. Without a header nobody; with one the living key behind it, else 401; 403 for a key that may
 *  not be used from `ip`, whatever state it is in. */
export async function authenticateActor(
  head: { headers: IncomingHttpHeaders; ip: string | null },
  gate: Gate,
  now: number,
): Promise<Actor> {
  const { authorization } = head.headers
  if (authorization === undefined || authorization === '') return { kind: 'anonymous' }
  return await findActorOfSecret(readSecretHash(authorization, gate), head, gate, now)
}

/** The same of whoever has shown the secret with this hash, now or before. Throws 401 and 403. */
export async function findActorOfSecret(
  hash: string,
  { headers, ip }: { headers: IncomingHttpHeaders; ip: string | null },
  gate: Gate,
  now: number,
): Promise<Actor> {
  const presented = { hash, ip, now }
  const found = await gate.keys.find(hash)
  requireAllowedAddress(found, presented, gate)
  readOrigin(headers, found, presented, gate)
  return toActor(requireAlive(found, presented, gate))
}

function isDead({ disabled, expiresAt, workspaceId }: KeySnapshot, now: number, snapshot: Snapshot): boolean {
  if (disabled || (expiresAt !== null && expiresAt <= now)) return true
  return workspaceId !== null && snapshot.findWorkspace(workspaceId) === undefined
}

function isAdmittedAround(
  { organizationId, workspaceId }: KeySnapshot,
  ip: string | null,
  snapshot: Snapshot,
): boolean {
  const workspace = workspaceId === null ? undefined : snapshot.findWorkspace(workspaceId)
  return (
    isAdmitted(workspace?.allowedIps ?? null, ip) &&
    isAdmitted(snapshot.findOrganization(organizationId)?.allowedIps ?? null, ip)
  )
}

function isAdmitted(allowed: IpRangeSet | null, ip: string | null): boolean {
  return allowed === null || allowed.has(ip)
}

function toActor(key: KeySnapshot): Actor {
  const { creatorUserId, organizationId, permissions, type, workspaceId } = key
  const common = { organizationId, keyId: key.id, keyHash: key.hash, permissions }
  if (workspaceId === null) return { kind: 'management_key', ...common, creatorUserId, userId: null }
  return { kind: 'key', ...common, type, workspaceId, userId: creatorUserId }
}
