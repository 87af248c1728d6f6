import type { Call } from '../../contract/client.ts'
import { PAGE_SIZE_MAX } from '../../contract/common/pagination.ts'
import type { KeyWire } from '../../contract/management/keys.ts'
import type { Operation, RequestOf } from '../../contract/operation.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import type { Fields } from './organization-file.ts'

type Row = Fields & { id: string }

/** One workspace as the API tells it. */
export interface LiveWorkspace {
  row: Row
  budgets: readonly LiveBudget[]
  members: readonly (Fields & { user_id: string })[]
  projects: readonly (Row & { slug: string; budgets: readonly LiveBudget[] })[]
  guardrails: readonly (Row & { name: string })[]
  keys: readonly (Fields & { hash: string; name: string; project_id: string | null })[]
  destinations: readonly (Row & { name: string; api_key_hashes: readonly string[] | null })[]
}

export interface LiveBudget {
  limit_usd: number
  reset_interval: 'daily' | 'weekly' | 'monthly' | null
}

export interface LiveOrganization {
  customRoles: readonly (Row & { name: string })[]
  people: readonly { id: string; email: string }[]
  invitations: readonly LiveInvitation[]
  /** Of keys, by their hashes. */
  assignments: ReadonlyMap<string, string>
  workspaces: ReadonlyMap<string, LiveWorkspace>
  /** Every slug that there is. */
  slugs: readonly string[]
}

interface LiveInvitation {
  email: string
  workspaces: readonly { workspace_id: string; workspace_role: string | null; custom_role_id: string | null }[]
}

/** Reads what a file about these workspaces is compared with. */
export async function readLiveOrganization(call: Call, slugs: readonly string[]): Promise<LiveOrganization> {
  const rows = await listAll(call, OPERATIONS.listWorkspaces, {})
  const workspaces = new Map<string, LiveWorkspace>()
  for (const row of rows) if (slugs.includes(row.slug)) workspaces.set(row.slug, await readWorkspace(call, row))
  const assignments = await listAll(call, OPERATIONS.listKeyAssignments, {})
  return {
    customRoles: await listAll(call, OPERATIONS.listCustomRoles, {}),
    people: await listAll(call, OPERATIONS.listOrganizationMembers, {}),
    invitations: await listAll(call, OPERATIONS.listInvitations, { status: 'pending' }),
    assignments: new Map(assignments.map(({ key_hash, guardrail_id }) => [key_hash, guardrail_id])),
    workspaces,
    slugs: rows.map(({ slug }) => slug),
  }
}

async function readWorkspace(call: Call, row: Row): Promise<LiveWorkspace> {
  const { id } = row
  const projects = []
  for (const project of await listAll(call, OPERATIONS.listProjects, { id })) {
    const { data } = await call(OPERATIONS.listProjectBudgets, { id, slug: project.slug })
    projects.push({ ...project, budgets: data })
  }
  return {
    row,
    projects,
    budgets: (await call(OPERATIONS.listWorkspaceBudgets, { id })).data,
    members: await listAll(call, OPERATIONS.listWorkspaceMembers, { id }),
    guardrails: await listAll(call, OPERATIONS.listGuardrails, { workspace_id: id }),
    keys: await listAllKeys(call, id),
    destinations: await listAll(call, OPERATIONS.listObservabilityDestinations, { workspace_id: id }),
  }
}

/** Every page. */
async function listAll<O extends Operation>(call: Call, operation: O, input: RequestOf<O>) {
  type Item = Awaited<ReturnType<typeof call<O>>> extends { data: (infer T)[] } ? T : never
  const rows: Item[] = []
  for (;;) {
    const page = { ...(input as object), offset: rows.length, limit: PAGE_SIZE_MAX } as RequestOf<O>
    const { data, total_count } = (await call(operation, page)) as { data: Item[]; total_count: number }
    rows.push(...data)
    if (data.length === 0 || rows.length >= total_count) return rows
  }
}

async function listAllKeys(call: Call, workspace_id: string) {
  const rows: KeyWire[] = []
  for (;;) {
    const page = { workspace_id, offset: rows.length, include_disabled: true }
    const { data } = await call(OPERATIONS.listKeys, page)
    rows.push(...data)
    if (data.length === 0) return rows
  }
}
