import type { Tx } from '../schema.ts'

export async function insertBroadcastState(
  tx: Tx,
  destination: { id: string; organization_id: string; workspace_id: string },
): Promise<void> {
  const { id, organization_id, workspace_id } = destination
  await tx.insertInto('broadcast_state').values({ destination_id: id, organization_id, workspace_id }).execute()
}

/** Another configuration gets a try at once, whatever became of the one before. */
export async function resetBroadcastState(tx: Tx, destinationId: string): Promise<void> {
  await tx
    .updateTable('broadcast_state')
    .set({ attempts: 0, next_attempt_at: null, failing_since: null, last_error: null })
    .where('destination_id', '=', destinationId)
    .execute()
}

/** Everything that waits for a destination, dead or not. */
export async function deleteBroadcastsOf(tx: Tx, destinationId: string): Promise<void> {
  await tx.deleteFrom('broadcast_delivery').where('destination_id', '=', destinationId).execute()
  await tx.deleteFrom('broadcast_state').where('destination_id', '=', destinationId).execute()
}

export async function deleteBroadcastsOfWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await tx.deleteFrom('broadcast_delivery').where('workspace_id', '=', workspaceId).execute()
  await tx.deleteFrom('broadcast_content').where('workspace_id', '=', workspaceId).execute()
}
