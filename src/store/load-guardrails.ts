import type { OrganizationCeiling, WorkspaceGuardrails } from '../gateway/snapshot/guardrail-directory.ts'
import { guardrailToDomain, policyToDomain } from './guardrail-domain.ts'
import type { Db } from './schema.ts'

/** Of one workspace, of those of an organization, or of all; only of such as have any. */
export async function loadWorkspaceGuardrails(
  db: Db,
  of: { workspaceId?: string; organizationId?: string } = {},
): Promise<WorkspaceGuardrails[]> {
  const { workspaceId, organizationId } = of
  let guardrails = db.selectFrom('guardrail').selectAll().orderBy('id')
  let members = db
    .selectFrom('guardrail_member_assignment')
    .select(['workspace_id', 'user_id', 'guardrail_id', 'is_organization_wide'])
    .orderBy('id')
  if (workspaceId !== undefined) {
    guardrails = guardrails.where('workspace_id', '=', workspaceId)
    members = members.where('workspace_id', '=', workspaceId)
  }
  if (organizationId !== undefined) {
    guardrails = guardrails.where('organization_id', '=', organizationId)
    members = members.where('organization_id', '=', organizationId)
  }
  const membersOf = Map.groupBy(await members.execute(), ({ workspace_id }) => workspace_id)
  const byWorkspace = Map.groupBy(await guardrails.execute(), ({ workspace_id }) => workspace_id)
  return [...byWorkspace].flatMap(([id, rows]) =>
    rows.slice(0, 1).map(({ organization_id }) => ({
      workspaceId: id,
      organizationId: organization_id,
      defaultId: rows.find(({ is_default }) => is_default)?.id ?? null,
      guardrails: rows.map(guardrailToDomain),
      members: (membersOf.get(id) ?? []).map((row) => ({
        userId: row.user_id,
        guardrailId: row.guardrail_id,
        isEverywhere: row.is_organization_wide,
      })),
    })),
  )
}

/** Of one organization, or of all that have said something. */
export async function loadOrganizationCeilings(db: Db, organizationId?: string): Promise<OrganizationCeiling[]> {
  let policies = db.selectFrom('organization_policy').selectAll()
  let phrases = db.selectFrom('prompt_injection_phrase').select(['organization_id', 'phrase']).orderBy('id')
  if (organizationId !== undefined) {
    policies = policies.where('organization_id', '=', organizationId)
    phrases = phrases.where('organization_id', '=', organizationId)
  }
  const phrasesOf = Map.groupBy(await phrases.execute(), ({ organization_id }) => organization_id)
  const policyOf = new Map((await policies.execute()).map((row) => [row.organization_id, policyToDomain(row)]))
  return [...new Set([...phrasesOf.keys(), ...policyOf.keys()])].map((id) => ({
    organizationId: id,
    policy: policyOf.get(id) ?? null,
    phrases: (phrasesOf.get(id) ?? []).map(({ phrase }) => phrase),
  }))
}

export async function findWorkspaceOfGuardrail(db: Db, guardrailId: string): Promise<string | undefined> {
  const row = await db.selectFrom('guardrail').select('workspace_id').where('id', '=', guardrailId).executeTakeFirst()
  return row?.workspace_id
}
