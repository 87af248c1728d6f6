import { sql } from 'kysely'
import type { Tx } from '../schema.ts'

/** Lets the rest of the transaction see one organization and, unless `all`, only the workspaces named. */
export async function enterOrganization(
  tx: Tx,
  organizationId: string,
  workspaceIds: 'all' | readonly string[],
): Promise<void> {
  const workspaces = workspaceIds === 'all' ? '*' : workspaceIds.join(',')
  await sql`SELECT set_config('switchyard.organization', ${organizationId}, true),
    set_config('switchyard.workspaces', ${workspaces}, true), set_config('role', 'switchyard_app', true)`.execute(tx)
}
