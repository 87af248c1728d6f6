import type { Selectable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { generationIdTime, requestIdTime } from '../../platform/ids.ts'
import { type Db, type GenerationTable, toIso } from '../schema.ts'

export type GenerationRow = Selectable<GenerationTable>

/** The one that a request became. Both ids carry the same time, which names the partition and goes by an index. */
export async function findGenerationOfRequest(
  db: Db,
  organizationId: string,
  requestId: string,
): Promise<GenerationRow | undefined> {
  const createdAt = requestIdTime(requestId)
  if (createdAt === undefined) return undefined
  return await db
    .selectFrom('generation')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('created_at', '=', toIso(createdAt) as never)
    .where('request_id', '=', requestId)
    .executeTakeFirst()
}

/** Throws `not_found`, also for a generation of another organization. The id names the partition. */
export async function getGenerationRow(db: Db, organizationId: string, id: string): Promise<GenerationRow> {
  const createdAt = generationIdTime(id)
  const row =
    createdAt === undefined
      ? undefined
      : await db
          .selectFrom('generation')
          .selectAll()
          .where('id', '=', id)
          .where('created_at', '=', toIso(createdAt) as never)
          .where('organization_id', '=', organizationId)
          .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Generation not found', { id })
  return row
}

/** Whether a replica of this name has answered anything that is still kept, of whichever organization. */
export async function hasGenerationsOf(db: Db, replicaId: string): Promise<boolean> {
  const found = db.selectFrom('generation').select('id').where('replica_id', '=', replicaId).limit(1)
  return (await found.executeTakeFirst()) !== undefined
}
