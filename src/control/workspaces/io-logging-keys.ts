import { AppError } from '../../domain/app-error.ts'
import { findLiveKeyIds } from '../../store/queries/keys.ts'
import { type ControlContext, organizationOf } from '../context.ts'

/**
 * The column of the only keys whose content is logged; null for all. `kept`: those that the workspace names already, which may
 * have been deleted since. Throws `invalid_request` naming the first other one that is no living key the caller may see.
 */
export async function readLoggedKeys(
  context: ControlContext,
  ids: readonly number[] | null,
  kept: readonly bigint[] | null = null,
): Promise<bigint[] | null> {
  if (ids === null) return null
  const wanted = ids.map(BigInt)
  const added = wanted.filter((id) => kept?.includes(id) !== true)
  const known = await findLiveKeyIds(context.tx, organizationOf(context), added)
  const stranger = added.find((id) => !known.has(id))
  if (stranger === undefined) return wanted
  const field = `io_logging_api_key_ids.${wanted.indexOf(stranger)}`
  throw new AppError('invalid_request', `${field}: there is no API key with the id ${stranger}`)
}
