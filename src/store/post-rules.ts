import { sql } from 'kysely'
import type { RulesInForce } from '../gateway/ports.ts'
import type { Db } from './schema.ts'

/** Stores what was in force together; of what is there already, that it was met again. */
export async function postRules(db: Db, rules: readonly RulesInForce[]): Promise<void> {
  const rows = rules.map(({ organizationId, id, json, day }) => ({
    organization_id: organizationId,
    id,
    rules: json,
    last_met: day,
  }))
  // In the order of their keys, because replicas post the same ones; and each once, because a statement can't change a row twice.
  const byKey = new Map(rows.map((row) => [`${row.organization_id} ${row.id}`, row]))
  const sorted = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  await db
    .insertInto('rules_in_force')
    .values(sorted)
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'id'])
        .doUpdateSet({ last_met: sql`greatest(rules_in_force.last_met, excluded.last_met)` }),
    )
    .execute()
}
