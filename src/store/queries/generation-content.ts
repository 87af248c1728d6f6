import type { Insertable, Selectable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { GenerationContentTable, GenerationFeedbackTable } from '../tables/requests.ts'

/** Throws `not_found` when nothing was kept. */
export async function getContentRow(
  db: Db,
  organizationId: string,
  generationId: string,
): Promise<Selectable<GenerationContentTable>> {
  const row = await db
    .selectFrom('generation_content')
    .selectAll()
    .where('generation_id', '=', generationId)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'The content of this generation was not logged', { generationId })
  return row
}

export async function findContents(
  db: Db,
  organizationId: string,
  generationIds: readonly string[],
): Promise<Pick<Selectable<GenerationContentTable>, 'generation_id' | 'content'>[]> {
  return await db
    .selectFrom('generation_content')
    .select(['generation_id', 'content'])
    .where('generation_id', 'in', generationIds)
    .where('organization_id', '=', organizationId)
    .execute()
}

export async function deleteContentsOfWorkspace(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('generation_content').where('workspace_id', '=', workspaceId).execute()
}

/** What the same author said in the same category before is replaced. */
export async function upsertFeedback(db: Db, row: Insertable<GenerationFeedbackTable>): Promise<void> {
  const { comment, created_at } = row
  await db
    .insertInto('generation_feedback')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['generation_id', 'author', 'category']).doUpdateSet({ comment, created_at }),
    )
    .execute()
}
