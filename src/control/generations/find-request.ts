import { AppError } from '../../domain/app-error.ts'
import { findRefusedRequest, type RefusedRequestRow } from '../../store/queries/decisions.ts'
import { findGenerationOfRequest, type GenerationRow, getGenerationRow } from '../../store/queries/generations.ts'
import { type ControlContext, organizationOf } from '../context.ts'

export type FoundRequest = { kind: 'generation'; row: GenerationRow } | { kind: 'refusal'; row: RefusedRequestRow }

/** By the id of the generation or of the request, which may have been refused. Whoever asks must still be let pass. Throws
 *  `not_found`. */
export async function findRequest(context: ControlContext, id: string): Promise<FoundRequest> {
  const organizationId = organizationOf(context)
  if (!id.startsWith('req-')) return { kind: 'generation', row: await getGenerationRow(context.tx, organizationId, id) }
  const refusal = await findRefusedRequest(context.tx, organizationId, id)
  if (refusal !== undefined) return { kind: 'refusal', row: refusal }
  const generation = await findGenerationOfRequest(context.tx, organizationId, id)
  if (generation === undefined) throw new AppError('not_found', 'Generation not found', { id })
  return { kind: 'generation', row: generation }
}
