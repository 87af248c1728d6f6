import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely'
import type { Schema } from '../schema.ts'

/** Whose rows somebody may see: of every workspace, or of some, and in some of those only what is their own. */
export interface Visibility {
  workspaceIds: 'all' | readonly string[]
  /** Among `workspaceIds`. */
  ownOnlyIn: readonly string[]
  /** Whose `own` is meant; null is nobody's. */
  userId: string | null
}

/** A condition on the column `workspace_id` and that of the owner of the one table that has them; undefined when there is none. */
export function visibleRows(
  { workspaceIds, ownOnlyIn, userId }: Visibility,
  owner: 'user_id' | 'creator_user_id' = 'user_id',
): Expression<SqlBool> | undefined {
  if (workspaceIds === 'all') return undefined
  const { and, eb, lit, or } = expressionBuilder<Schema, 'generation'>()
  const whole = workspaceIds.filter((id) => !ownOnlyIn.includes(id))
  const conditions = whole.length > 0 ? [eb('workspace_id', 'in', whole)] : []
  if (ownOnlyIn.length > 0 && userId !== null) {
    conditions.push(and([eb('workspace_id', 'in', [...ownOnlyIn]), eb(sql.ref(owner), '=', userId)]))
  }
  return conditions.length > 0 ? or(conditions) : lit(false)
}
