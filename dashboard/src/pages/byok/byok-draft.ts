import type { BYOK_OPERATIONS, ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { linesOf } from '../../format/lines.ts'

export type Zdr = '' | 'yes' | 'no'

/** What is typed into the form of a provider credential. */
export interface ByokDraft {
  provider: string
  /** The credential itself; for one there is: nothing to keep it. */
  secret: string
  name: string
  baseUrl: string
  /** One name or pattern a line; none for all. */
  models: string
  /** None for all. */
  userIds: readonly string[]
  keyHashes: readonly string[]
  isFallback: boolean
  isRequired: boolean
  isByokOnly: boolean
  zdr: Zdr
}

export function draftOf(wire: ByokKeyWire | undefined): ByokDraft {
  return {
    provider: wire?.provider ?? '',
    secret: '',
    name: wire?.name ?? '',
    baseUrl: wire?.base_url ?? '',
    models: (wire?.allowed_models ?? []).join('\n'),
    userIds: wire?.allowed_user_ids ?? [],
    keyHashes: wire?.allowed_api_key_hashes ?? [],
    isFallback: wire?.is_fallback ?? false,
    isRequired: wire?.is_required ?? false,
    isByokOnly: wire?.is_byok_only ?? false,
    zdr: zdrOf(wire?.declared_zdr ?? null),
  }
}

type Settings = Omit<RequestOf<typeof BYOK_OPERATIONS.updateBYOKKey>, 'id'>

/** All that the form says but the provider, so that what was taken away is taken away. */
export function settingsOf(draft: ByokDraft): Settings {
  const { secret, zdr } = draft
  return {
    ...(secret === '' ? {} : { key: secret.trim() }),
    name: draft.name.trim() === '' ? null : draft.name.trim(),
    base_url: draft.baseUrl.trim() === '' ? null : draft.baseUrl.trim(),
    allowed_models: orNull(linesOf(draft.models)),
    allowed_user_ids: orNull([...draft.userIds]),
    allowed_api_key_hashes: orNull([...draft.keyHashes]),
    is_fallback: draft.isFallback,
    is_required: draft.isRequired,
    is_byok_only: draft.isByokOnly,
    declared_zdr: zdr === '' ? null : zdr === 'yes',
  }
}

function zdrOf(declared: boolean | null): Zdr {
  if (declared === null) return ''
  return declared ? 'yes' : 'no'
}

function orNull(entries: string[]): string[] | null {
  return entries.length === 0 ? null : entries
}
