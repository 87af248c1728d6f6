import type { GenerationContent } from '../gateway/ports.ts'
import { isZdrInForce, listZdrScopes } from './queries/zdr-scopes.ts'
import { type Db, type Tx, toIso } from './schema.ts'
import type { Sealer } from './sealer.ts'

/** Stores contents sealed; those that are there already stay as they are. Left out is what its workspace doesn't log any more
 *  by now, what is of a deleted workspace, and what anything in force demands zero data retention for. */
export async function postContents(db: Db, sealer: Sealer, contents: readonly GenerationContent[]): Promise<void> {
  const byOrganization = Map.groupBy(contents, ({ organizationId }) => organizationId)
  // A transaction for each, because a data key that was made in one is good only once it has come true.
  for (const [organizationId, own] of byOrganization) {
    await db.transaction().execute((tx) => postOfOrganization(tx, sealer, organizationId, own))
  }
}

async function postOfOrganization(
  tx: Tx,
  sealer: Sealer,
  organizationId: string,
  contents: readonly GenerationContent[],
): Promise<void> {
  const logged = await lockLoggedWorkspaces(tx, contents)
  const zdr = await listZdrScopes(tx, organizationId, contents)
  const rows = []
  for (const content of contents) {
    const { generationId, workspaceId, at, json } = content
    if (!logged.has(workspaceId) || zdr.some((scope) => isZdrInForce(scope, content))) continue
    const place = { table: 'generation_content', row: generationId, column: 'content' }
    rows.push({
      generation_id: generationId,
      organization_id: organizationId,
      workspace_id: workspaceId,
      content: await sealer.seal(tx, organizationId, place, json),
      created_at: toIso(at),
    })
  }
  if (rows.length === 0) return
  await tx
    .insertInto('generation_content')
    .values(rows)
    .onConflict((conflict) => conflict.column('generation_id').doNothing())
    .execute()
}

/** Locked against a deletion, which would otherwise leave behind what comes in at the same time. */
async function lockLoggedWorkspaces(tx: Tx, contents: readonly GenerationContent[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(contents.map(({ workspaceId }) => workspaceId))]
  const rows = await tx
    .selectFrom('workspace')
    .select('id')
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .where('is_observability_io_logging_enabled', '=', true)
    .orderBy('id')
    .forShare()
    .execute()
  return new Set(rows.map(({ id }) => id))
}
