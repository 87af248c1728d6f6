import { AppError } from '../../domain/app-error.ts'
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
