import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS, type AuditLogWire } from '../../src/contract/management/audit.ts'
import { BUDGET_OPERATIONS } from '../../src/contract/management/budgets.ts'
import { CREDIT_OPERATIONS } from '../../src/contract/management/credits.ts'
import { INVITATION_OPERATIONS } from '../../src/contract/management/invitations.ts'
import { KEY_ROTATION_OPERATIONS } from '../../src/contract/management/key-rotation.ts'
import { MEMBER_OPERATIONS } from '../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers } from '../../src/contract/management/workspaces.ts'
import { hashSecretKey } from '../../src/platform/secret-key.ts'
import { auditRows } from './audit-trail.ts'
import { runCli } from './cli-process.ts'
import { crowd, newEmail, newKey, newWorkspace, tokenOf } from './fixtures.ts'
import { callTool, connectMcp } from './mcp-client.ts'
import { call, gateway, send } from './request.ts'

const { updateWorkspaceMember, deleteWorkspaceMember } = MEMBER_OPERATIONS
const ACTOR = hashSecretKey(gateway.managementKey)

interface Expected {
  action: string
  resource_type: string
  resource_id: string
  workspace_id: string | null
  before: unknown
  after: unknown
}

/** A workspace with one member in it, who isn't an administrator. */
async function newTeam(): Promise<{ id: string; user_id: string }> {
  const [member] = crowd(1)
  const user_id = member?.userId ?? ''
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [user_id], workspace_role: 'viewer' })
  return { id, user_id }
}

/** The kinds of action that an auditor asks for, each done over the wire. */
const KINDS: Readonly<Record<string, () => Promise<Expected>>> = {
  invitation: async () => {
    const workspace = await newWorkspace()
    const email = newEmail()
    const input = { email, workspaces: [{ workspace_id: workspace.id }] }
    const { id, link } = (await call(INVITATION_OPERATIONS.createInvitation, input)).data
    return {
      action: 'createInvitation',
      resource_type: 'invitation',
      resource_id: id,
      workspace_id: workspace.id,
      before: null,
      after: expect.toSatisfy((after) => {
        const text = JSON.stringify(after)
        return text.includes(email) && !text.includes(tokenOf(link))
      }),
    }
  },
  removal: async () => {
    const { id, user_id } = await newTeam()
    await call(deleteWorkspaceMember, { id, user_id })
    return {
      action: 'deleteWorkspaceMember',
      resource_type: 'workspace_member',
      resource_id: user_id,
      workspace_id: id,
      before: expect.objectContaining({ user_id, workspace_role: 'viewer' }),
      after: expect.anything(),
    }
  },
  'role change': async () => {
    const { id, user_id } = await newTeam()
    await call(updateWorkspaceMember, { id, user_id, workspace_role: 'admin' })
    return {
      action: 'updateWorkspaceMember',
      resource_type: 'workspace_member',
      resource_id: user_id,
      workspace_id: id,
      before: expect.objectContaining({ workspace_role: 'viewer' }),
      after: expect.objectContaining({ workspace_role: 'admin' }),
    }
  },
  'key creation': async () => {
    const { data } = await newKey({ limit: 5 })
    return {
      action: 'createKeys',
      resource_type: 'key',
      resource_id: data.hash,
      workspace_id: data.workspace_id,
      before: null,
      after: expect.objectContaining({ hash: data.hash, limit: 5 }),
    }
  },
  rotation: async () => {
    const { data } = await newKey()
    const rotated = await call(KEY_ROTATION_OPERATIONS.rotateKeys, { hash: data.hash })
    return {
      action: 'rotateKeys',
      resource_type: 'key',
      resource_id: rotated.data.hash,
      workspace_id: data.workspace_id,
      before: expect.objectContaining({ hash: data.hash }),
      after: expect.objectContaining({ hash: rotated.data.hash }),
    }
  },
  budget: async () => {
    const { id } = await newWorkspace()
    const budget = { id, interval: 'monthly' } as const
    await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { ...budget, limit_usd: 10 })
    const { data } = await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { ...budget, limit_usd: 25 })
    return {
      action: 'upsertWorkspaceBudget',
      resource_type: 'budget',
      resource_id: data.id,
      workspace_id: id,
      before: expect.objectContaining({ limit_usd: 10, reset_interval: 'monthly' }),
      after: expect.objectContaining({ limit_usd: 25, reset_interval: 'monthly' }),
    }
  },
  billing: async () => {
    const { data } = await call(CREDIT_OPERATIONS.createCreditGrant, { amount_usd: 3.5, note: 'audited' })
    return {
      action: 'createCreditGrant',
      resource_type: 'credit_grant',
      resource_id: data.id,
      workspace_id: null,
      before: null,
      after: data,
    }
  },
}

test.each(Object.entries(KINDS))('a change of the kind %s is found by what it was', async (_kind, act) => {
  const from = new Date(Date.now() - 1).toISOString()
  const expected = await act()
  const { action, resource_type, resource_id, workspace_id } = expected
  const filters = [
    { action, resource_id },
    { resource_type, resource_id, action },
    { from, action, resource_id, actor_id: ACTOR },
    { actor_kind: 'bootstrap' as const, action, resource_id },
    ...(workspace_id === null ? [] : [{ workspace_id, action, resource_id }]),
  ]
  const found = new Set<string>()
  for (const filter of filters) {
    const [row] = await auditRows(filter)
    if (row) found.add(row.id)
    expect(row).toMatchObject({ ...expected, actor_kind: 'bootstrap', actor_id: ACTOR, ip: '127.0.0.1' })
    expect(row?.created_at && row.created_at >= from).toBe(true)
  }
  expect(found.size).toBe(1)
  for (const other of [{ actor_kind: 'session' as const }, { to: from }]) {
    const rows = await auditRows({ action, resource_id, ...other })
    expect(rows.filter(({ id }) => found.has(id))).toEqual([])
  }
})

/** The newest row of an action that looked for this marker. */
async function readingOf(action: string, marker: string): Promise<AuditLogWire | undefined> {
  return (await auditRows({ action })).find(({ after }) => (after as { action?: string } | null)?.action === marker)
}

const READINGS = [
  ['listAuditLogs', '/api/v1/audit-logs', 'openrouter_admin_list_audit_logs', 'list'],
  ['exportAuditLogs', '/api/v1/audit-logs/export', 'openrouter_admin_export_audit_logs', 'export'],
] as const

test.each(READINGS)(
  '%s is itself in the log, whether over HTTP, by a tool or on the command line',
  async (action, path, tool, command) => {
    const markers = { http: `${action} over http`, mcp: `${action} by tool`, cli: `${action} on the command line` }
    await send('GET', `${path}?action=${encodeURIComponent(markers.http)}`)
    const client = await connectMcp({ url: gateway.url, key: gateway.managementKey })
    expect((await callTool(client, tool, { action: markers.mcp })).isError).toBe(false)
    await client.close()
    expect(await runCli(['audit', command, '--action', markers.cli])).toMatchObject({ code: 0 })
    for (const [way, marker] of Object.entries(markers)) {
      const row = await readingOf(action, marker)
      expect([way, row]).toEqual([
        way,
        expect.objectContaining({ action, actor_id: ACTOR, resource_type: 'audit_log' }),
      ])
      expect(row?.after).toMatchObject({ row_count: 0 })
    }
  },
)

test('verifying and reading one row are in the log too', async () => {
  const { data } = await newKey()
  const [row] = await auditRows({ resource_id: data.hash, action: 'createKeys' })
  await call(AUDIT_OPERATIONS.getAuditLog, { id: row?.id ?? '' })
  await call(AUDIT_OPERATIONS.verifyAuditLogs, {})
  expect(await auditRows({ action: 'getAuditLog', resource_id: row?.id ?? '' })).toHaveLength(1)
  expect((await auditRows({ action: 'verifyAuditLogs' }))[0]).toMatchObject({ after: { is_intact: true } })
})
