import type { Operation } from '../../contract/operation.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import { type ApiTarget, callApi } from '../api-client.ts'
import { BadExport } from './bad-export.ts'

const PAGE = 100

type Row = Record<string, unknown>

/** Reads from a management API what `fromOpenRouter` takes. Throws Unreachable, and BadExport where the API refuses. */
export async function readOpenRouter(target: ApiTarget): Promise<unknown> {
  const list = (operation: Operation, input: Row = {}) => listAll(target, operation, input)
  const workspaces = await list(OPERATIONS.listWorkspaces)
  const budgets: Record<string, Row[]> = {}
  const members: Record<string, Row[]> = {}
  const guardrails: Row[] = []
  const keys: Row[] = []
  for (const { id } of workspaces) {
    const workspace_id = String(id)
    budgets[workspace_id] = await listOnce(target, OPERATIONS.listWorkspaceBudgets, { id })
    members[workspace_id] = await list(OPERATIONS.listWorkspaceMembers, { id })
    guardrails.push(...(await list(OPERATIONS.listGuardrails, { workspace_id })))
    keys.push(...(await listAllKeys(target, workspace_id)))
  }
  return {
    ...{ workspaces, budgets, members, guardrails, keys },
    people: await list(OPERATIONS.listOrganizationMembers),
    assignments: await list(OPERATIONS.listKeyAssignments),
  }
}

async function listAll(target: ApiTarget, operation: Operation, input: Row): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await listOnce(target, operation, { ...input, offset: rows.length, limit: PAGE })
    rows.push(...page)
    if (page.length < PAGE) return rows
  }
}

/** Its pages are as long as the API likes. */
async function listAllKeys(target: ApiTarget, workspace_id: string): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await listOnce(target, OPERATIONS.listKeys, {
      workspace_id,
      offset: rows.length,
      include_disabled: true,
    })
    rows.push(...page)
    if (page.length === 0) return rows
  }
}

async function listOnce(target: ApiTarget, operation: Operation, input: Row): Promise<Row[]> {
  const { status, body } = await callApi(target, operation, input)
  const { data, error } = (body ?? {}) as { data?: unknown; error?: { message?: string } }
  if (status >= 400 || !Array.isArray(data))
    throw new BadExport(`${operation.path}: ${error?.message ?? 'no list'} (${status})`)
  return data as Row[]
}
