import { PERMISSIONS, type Permission } from '../../contract/common/permissions.ts'
import { type Access, reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { permissionsOfKey } from '../../domain/key-types.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { type KeyFate, settleKeys } from '../../store/queries/member-changes.ts'
import type { ControlContext } from '../context.ts'

const KEYS_NAMED_MAX = 20

/** What a caller wants to become of the keys of somebody who goes. 400 for a heir without a transfer and the other way round. */
export function keyFateOf<Keys extends 'disable' | 'transfer' | 'delete'>(
  input: { keys?: Keys | undefined; transfer_to?: string | undefined },
  leaverId: string,
): KeyFate | undefined {
  const { keys, transfer_to: heirId } = input
  if (keys !== 'transfer') {
    if (heirId !== undefined) throw new AppError('invalid_request', 'transfer_to: only goes with keys=transfer')
    return keys === undefined ? undefined : { to: keys === 'delete' ? 'delete' : 'disable' }
  }
  if (heirId === undefined) throw new AppError('invalid_request', 'transfer_to: required with keys=transfer')
  if (heirId === leaverId) throw new AppError('invalid_request', 'transfer_to: must be somebody else')
  return { to: 'transfer', userId: heirId }
}

/**
 * The heir of keys. What they may of what is a member's own would be the heir's own then, and whoever had the key knows its
 * secret: so nothing is passed on that could do more, or about somebody else, than before. Throws `invalid_request`.
 */
export async function requireNoneWidened(
  { tx }: ControlContext,
  keys: readonly KeyRow[],
  people: { organizationId: string; leaverId: string; heir: Access },
): Promise<void> {
  const leaver = await loadMemberAccess(tx, people.organizationId, people.leaverId)
  const widened = keys.find((key) => isWidened(key, leaver, people.heir))
  if (widened === undefined) return
  const { label, name } = widened
  throw new AppError(
    'invalid_request',
    `transfer_to: ${label} "${name}" would be able to do more than before; delete it and have a new one made`,
  )
}

function isWidened(key: KeyRow, leaver: Access, heir: Access): boolean {
  const given = permissionsOfKey({ ...key, isReadOnly: key.read_only })
  const asked = given.includes('*') ? PERMISSIONS : (given as readonly Permission[])
  return asked.some(
    (permission) =>
      permission !== 'inference' &&
      reachIn(leaver, permission, key.workspace_id) !== 'ws' &&
      reachIn(heir, permission, key.workspace_id) !== undefined,
  )
}

/** Lets the keys go the way of `fate` and returns their hashes. */
export async function applyKeyFate(context: ControlContext, keys: readonly KeyRow[], fate: KeyFate): Promise<string[]> {
  await settleKeys(
    context.tx,
    keys.map(({ id }) => id),
    fate,
    context.now,
  )
  for (const { hash } of keys) context.changed('key', hash)
  return keys.map(({ hash }) => hash)
}

/** The refusal to remove somebody whose keys live on: lists them, so that the caller can decide what becomes of each. */
export function liveKeysRefusal(field: string, keys: readonly KeyRow[]): AppError {
  const names = keys.slice(0, KEYS_NAMED_MAX).map(({ creator_user_id, label, name }) => {
    return `${creator_user_id}: ${label} "${name}"`
  })
  const rest = keys.length > names.length ? ` and ${keys.length - names.length} more` : ''
  return new AppError(
    'invalid_request',
    `${field}: API keys are still owned in this workspace (${names.join(', ')}${rest}); delete or transfer them first`,
    {},
    { metadata: { keys: keys.map(({ hash, name, creator_user_id }) => ({ hash, name, user_id: creator_user_id })) } },
  )
}
