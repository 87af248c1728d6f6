import type { RefusedRequest } from '../gateway/ports.ts'
import { type Db, toIso } from './schema.ts'

const DELETE_MAX = 5_000

/** Stores refused requests; those that are there already stay as they are. */
export async function postRefusals(db: Db, refusals: readonly RefusedRequest[]): Promise<void> {
  await db
    .insertInto('refused_request')
    .values(
      refusals.map((refusal) => ({
        id: refusal.requestId,
        created_at: toIso(refusal.at),
        organization_id: refusal.organizationId,
        workspace_id: refusal.workspaceId,
        key_id: refusal.keyId,
        user_id: refusal.userId,
        status: refusal.status,
        code: refusal.code,
        message: refusal.message,
        model: refusal.model,
        streamed: refusal.streamed,
        http_referer: refusal.httpReferer,
        origin: refusal.origin,
        app_title: refusal.appTitle,
        user_agent: refusal.userAgent,
        ip: refusal.ip,
        session_id: refusal.sessionId,
        external_user: refusal.externalUser,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Deletes what is older, a bounded number at a time so that no lock is held for long. Returns how many. */
export async function deleteRefusalsBefore(db: Db, before: number): Promise<number> {
  let total = 0
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('refused_request')
      .where('id', 'in', (old) =>
        old
          .selectFrom('refused_request')
          .select('id')
          .where('created_at', '<', toIso(before) as never)
          .limit(DELETE_MAX),
      )
      .executeTakeFirstOrThrow()
    total += Number(numDeletedRows)
    if (numDeletedRows < DELETE_MAX) return total
  }
}
