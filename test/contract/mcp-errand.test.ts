import { afterAll, beforeAll, expect, test } from 'vitest'
import { crowd, eventually, spend } from './fixtures.ts'
import { callTool, connectMcp } from './mcp-client.ts'
import { gateway, newSlug, send } from './request.ts'

let tool: (name: string, input?: Record<string, unknown>) => Promise<Record<string, unknown>>
let close: () => Promise<void>

beforeAll(async () => {
  const client = await connectMcp({ url: gateway.url, key: gateway.managementKey, path: '/openrouter-admin' })
  tool = async (name, input) => {
    const { isError, body, text } = await callTool(client, `openrouter_admin_${name}`, input)
    if (isError) throw new Error(`${name}: ${text}`)
    return body as Record<string, unknown>
  }
  close = () => client.close()
})
afterAll(async () => {
  await close()
})

test('an agent sets a workspace up, reads what it used and takes everything down again, by tools alone', async () => {
  const workspace = (await tool('create_workspace', { name: 'Errand', slug: newSlug() }))['data'] as { id: string }
  const key = await tool('create_keys', { name: 'errand', workspace_id: workspace.id, limit: 5, limit_reset: 'daily' })
  const { hash } = key['data'] as { hash: string }
  const user_ids = crowd(2).map(({ userId }) => userId)
  expect(await tool('bulk_add_workspace_members', { id: workspace.id, user_ids })).toMatchObject({ added_count: 2 })
  const guardrail = (
    await tool('create_guardrail', {
      name: 'Errand',
      workspace_id: workspace.id,
      allowed_models: ['sim/lorem'],
      enforce_zdr: false,
      limit_usd: 10,
      reset_interval: 'weekly',
    })
  )['data'] as { id: string }
  const of = { id: guardrail.id }
  expect(await tool('bulk_assign_keys_to_guardrail', { ...of, key_hashes: [hash] })).toMatchObject({
    assigned_count: 1,
  })
  expect(await tool('bulk_assign_members_to_guardrail', { ...of, member_user_ids: user_ids })).toMatchObject({
    assigned_count: 2,
  })
  expect(await tool('list_guardrail_key_assignments', of)).toMatchObject({ data: [{ key_hash: hash }] })
  expect(await tool('list_guardrail_member_assignments', of)).toMatchObject({ total_count: 2 })

  const spent = await spend(key['key'] as string)
  const activity = await eventually(
    () => tool('get_user_activity', { api_key_hash: hash, date: new Date().toISOString().slice(0, 10) }),
    ({ data }) => (data as unknown[]).length > 0,
  )
  expect(activity).toMatchObject({ data: [{ model: 'sim/lorem', usage: spent.cost, requests: 1 }] })

  expect(await tool('bulk_unassign_keys_from_guardrail', { ...of, key_hashes: [hash] })).toMatchObject({
    unassigned_count: 1,
  })
  expect(await tool('bulk_unassign_members_from_guardrail', { ...of, member_user_ids: user_ids })).toMatchObject({
    unassigned_count: 2,
  })
  expect(await tool('delete_guardrail', of)).toEqual({ deleted: true })
  expect(await tool('bulk_remove_workspace_members', { id: workspace.id, user_ids })).toMatchObject({
    removed_count: 2,
  })
  expect(await tool('delete_keys', { hash })).toMatchObject({ deleted: true })
  expect(await tool('delete_workspace', { id: workspace.id })).toEqual({ deleted: true })
  expect((await send('GET', `/api/v1/workspaces/${workspace.id}`)).status).toBe(404)
})

test('each change of an agent is one row of the audit log that says it came by MCP, and no refusal is one', async () => {
  const workspace = (await tool('create_workspace', { name: 'Audited', slug: newSlug() }))['data'] as { id: string }
  await tool('update_workspace', { id: workspace.id, name: 'Renamed' })
  await expect(tool('update_workspace', { id: workspace.id, slug: 'Not A Slug' })).rejects.toThrow('slug')
  await tool('delete_workspace', { id: workspace.id })
  const { data } = await tool('list_audit_logs', { resource_type: 'workspace', resource_id: workspace.id })
  expect((data as { action: string; surface: string }[]).map(({ action, surface }) => [action, surface])).toEqual([
    ['deleteWorkspace', 'mcp'],
    ['updateWorkspace', 'mcp'],
    ['createWorkspace', 'mcp'],
  ])
})
