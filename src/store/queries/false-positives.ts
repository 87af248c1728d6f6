import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../schema.ts'
import type { FalsePositiveTable } from '../tables/requests.ts'

export type FalsePositiveRow = Selectable<FalsePositiveTable>

/** What is marked of a request, by the place among its findings. */
export async function findFalsePositives(
  db: Db,
  organizationId: string,
  entryId: string,
): Promise<Map<number, FalsePositiveRow>> {
  const rows = await db
    .selectFrom('false_positive')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('entry_id', '=', entryId)
    .execute()
  return new Map(rows.map((row) => [row.finding, row]))
}

/** What was said of the same find before is replaced. */
export async function upsertFalsePositives(db: Db, rows: readonly Insertable<FalsePositiveTable>[]): Promise<void> {
  await db
    .insertInto('false_positive')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['entry_id', 'finding']).doUpdateSet(({ ref }) => ({
        marked_by: ref('excluded.marked_by'),
        marked_at: ref('excluded.marked_at'),
        comment: ref('excluded.comment'),
      })),
    )
    .execute()
}

/** Returns those that were marked. */
export async function deleteFalsePositives(
  db: Db,
  organizationId: string,
  { entryId, findings }: { entryId: string; findings: readonly number[] },
): Promise<number[]> {
  const rows = await db
    .deleteFrom('false_positive')
    .where('organization_id', '=', organizationId)
    .where('entry_id', '=', entryId)
    .where('finding', 'in', findings)
    .returning('finding')
    .execute()
  return rows.map(({ finding }) => finding).sort((a, b) => a - b)
}
