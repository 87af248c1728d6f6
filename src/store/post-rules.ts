import type { RulesInForce } from '../gateway/ports.ts'
import type { Db } from './schema.ts'

/** Stores what was in force together; what is there already stays as it is. */
export async function postRules(db: Db, rules: readonly RulesInForce[]): Promise<void> {
  await db
    .insertInto('rules_in_force')
    .values(rules.map(({ organizationId, id, json }) => ({ organization_id: organizationId, id, rules: json })))
    .onConflict((conflict) => conflict.columns(['organization_id', 'id']).doNothing())
    .execute()
}
