import { sql } from 'kysely'
import { type ZdrGroup, zdrGroupOf } from '../../domain/guardrail-merge.ts'
import type { Db } from '../schema.ts'

/** Where zero data retention holds, and for models of which groups; null stands for all. */
export interface ZdrScope extends Record<ZdrGroup, boolean> {
  workspace_id: string | null
  key_id: bigint | null
  user_id: string | null
}

const GROUPS = sql`
  coalesce(enforce_zdr_anthropic, false) AS anthropic, coalesce(enforce_zdr_openai, false) AS openai,
  coalesce(enforce_zdr_google, false) AS google, coalesce(enforce_zdr_xai, false) AS xai,
  coalesce(enforce_zdr_other, false) AS other`

/** By the organization's policy, default guardrails, and those assigned to any of these keys and people. */
export async function listZdrScopes(
  db: Db,
  organizationId: string,
  of: readonly { workspaceId: string; keyId: bigint; userId: string | null }[],
): Promise<ZdrScope[]> {
  const values = (list: readonly unknown[]) => sql.join([...new Set(list)])
  const { rows } = await sql<ZdrScope>`
    SELECT * FROM (
      SELECT NULL::uuid AS workspace_id, NULL::bigint AS key_id, NULL::text AS user_id, ${GROUPS}
      FROM organization_policy WHERE organization_id = ${organizationId}
      UNION ALL
      SELECT workspace_id, NULL, NULL, ${GROUPS}
      FROM guardrail WHERE is_default AND workspace_id IN (${values(of.map(({ workspaceId }) => workspaceId))})
      UNION ALL
      SELECT NULL, assignment.key_id, NULL, ${GROUPS}
      FROM guardrail_key_assignment AS assignment JOIN guardrail ON guardrail.id = assignment.guardrail_id
      WHERE assignment.key_id IN (${values(of.map(({ keyId }) => keyId))})
      UNION ALL
      SELECT CASE WHEN is_organization_wide THEN NULL ELSE assignment.workspace_id END, NULL, assignment.user_id, ${GROUPS}
      FROM guardrail_member_assignment AS assignment JOIN guardrail ON guardrail.id = assignment.guardrail_id
      WHERE assignment.organization_id = ${organizationId}
        AND assignment.user_id IN (${values(of.map(({ userId }) => userId))})
    ) AS scope
    WHERE anthropic OR openai OR google OR xai OR other`.execute(db)
  return rows
}

/** Whether the scope demands it of an inference that may have gone to any of these models. */
export function isZdrInForce(
  scope: ZdrScope,
  of: { workspaceId: string; keyId: bigint; userId: string | null; models: readonly string[] },
): boolean {
  if (scope.workspace_id !== null && scope.workspace_id !== of.workspaceId) return false
  if (scope.key_id !== null && scope.key_id !== of.keyId) return false
  if (scope.user_id !== null && scope.user_id !== of.userId) return false
  return of.models.some((model) => scope[zdrGroupOf(model)])
}
