import type { Insertable } from 'kysely'
import type { GenerationContent } from '../gateway/ports.ts'
import { isZdrInForce, listZdrScopes } from './queries/zdr-scopes.ts'
import { type Db, type Schema, type Tx, toIso } from './schema.ts'
import type { Sealer } from './sealer.ts'

/** Stores contents sealed, to be kept and to be sent to destinations; those that are there already stay as they are. Left out is
 *  what its workspace doesn't want any more by now, what is of a deleted workspace, and what anything in force demands zero data
 *  retention for. */
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
  const workspaces = await lockWorkspaces(tx, contents)
  const zdr = await listZdrScopes(tx, organizationId, contents)
  const kept = []
  const sent = []
  for (const content of contents) {
    const { generationId, workspaceId, at, json, broadcastJson } = content
    const workspace = workspaces.get(workspaceId)
    const isZdr = zdr.some((scope) => isZdrInForce(scope, content))
    const seal = (table: string, text: string) =>
      sealer.seal(tx, organizationId, { table, row: generationId, column: 'content' }, text)
    const row = {
      generation_id: generationId,
      organization_id: organizationId,
      workspace_id: workspaceId,
      created_at: toIso(at),
    }
    if (json !== null && !isZdr && workspace?.isLogged === true)
      kept.push({ ...row, content: await seal('generation_content', json) })
    // Also where there is nothing to send, so that nobody waits for it.
    if (broadcastJson !== null && workspace?.isBroadcast === true)
      sent.push({ ...row, content: isZdr ? null : await seal('broadcast_content', broadcastJson) })
  }
  if (kept.length > 0) await insertUnlessThere(tx, 'generation_content', kept)
  if (sent.length > 0) await insertUnlessThere(tx, 'broadcast_content', sent)
}

async function insertUnlessThere<Table extends 'generation_content' | 'broadcast_content'>(
  tx: Tx,
  table: Table,
  rows: readonly Insertable<Schema[Table]>[],
): Promise<void> {
  await tx
    .insertInto(table)
    .values(rows as never)
    .onConflict((conflict) => conflict.column('generation_id' as never).doNothing())
    .execute()
}

/** Locked against a deletion, which would otherwise leave behind what comes in at the same time. */
async function lockWorkspaces(
  tx: Tx,
  contents: readonly GenerationContent[],
): Promise<ReadonlyMap<string, { isLogged: boolean; isBroadcast: boolean }>> {
  const ids = [...new Set(contents.map(({ workspaceId }) => workspaceId))]
  const rows = await tx
    .selectFrom('workspace')
    .select(['id', 'is_observability_io_logging_enabled', 'is_observability_broadcast_enabled'])
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forShare()
    .execute()
  return new Map(
    rows.map(
      ({ id, is_observability_io_logging_enabled: isLogged, is_observability_broadcast_enabled: isBroadcast }) => [
        id,
        { isLogged, isBroadcast },
      ],
    ),
  )
}
