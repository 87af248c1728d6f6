import type { ByokCredential } from '../domain/byok.ts'
import type { Observe } from '../observe/observation.ts'
import { SealBroken } from '../platform/sealing.ts'
import { type ByokKeyRow, enabledByokKeyRows } from './queries/byok.ts'
import type { Db } from './schema.ts'
import type { SealedPlace, Sealer } from './sealer.ts'

/** Where a credential is sealed. */
export function placeOfByokKey(id: string): SealedPlace {
  return { table: 'byok_key', row: id, column: 'sealed_key' }
}

/**
 * The credentials that an organization brought and that are switched on, opened; those of a provider in the order in which they
 * are to be tried. One that can't be opened is told of, and stays without its secret: where it takes the place of the
 * installation's capacity, nothing shall be sent there because of that.
 */
export async function loadByokCredentials(
  { db, sealer, observe }: { db: Db; sealer: Sealer; observe: Observe },
  organizationId: string,
): Promise<ByokCredential[]> {
  const credentials: ByokCredential[] = []
  for (const row of await enabledByokKeyRows(db, organizationId)) {
    let secret: string | null = null
    try {
      secret = await sealer.unseal(db, organizationId, placeOfByokKey(row.id), row.sealed_key ?? '')
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
      observe({ type: 'byok_key_left_out', id: row.id, message: String(error) })
    }
    credentials.push(toCredential(row, secret))
  }
  return credentials
}

function toCredential(row: ByokKeyRow, secret: string | null): ByokCredential {
  return Object.freeze({
    id: row.id,
    workspaceId: row.workspace_id,
    provider: row.provider,
    baseUrl: row.base_url,
    secret,
    isFallback: row.is_fallback,
    isRequired: row.is_required,
    isByokOnly: row.is_byok_only,
    declaredZdr: row.declared_zdr,
    allowedModels: row.allowed_models,
    allowedKeyIds: row.allowed_key_ids && new Set(row.allowed_key_ids),
    allowedUserIds: row.allowed_user_ids && new Set(row.allowed_user_ids),
  })
}
