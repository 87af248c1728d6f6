import type { RefusedRequest } from '../gateway/ports.ts'
import { type Db, toIso } from './schema.ts'

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
        decision: refusal.decision ?? null,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}
