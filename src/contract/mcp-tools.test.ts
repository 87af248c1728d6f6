import { expect, test } from 'vitest'
import { ATTRIBUTION_ARGUMENTS, mcpTools } from './mcp-tools.ts'

const tools = mcpTools()

test('each tool has a name of its own that every client accepts', () => {
  expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length)
  for (const { name } of tools) expect(name).toMatch(/^openrouter_admin_[a-z_]{1,47}$/)
})

test('the names are those that clients of the official server know', () => {
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(
      [
        'list_workspaces',
        'create_workspace',
        'get_workspace',
        'update_workspace',
        'delete_workspace',
        'bulk_add_workspace_members',
        'bulk_remove_workspace_members',
        'list_keys',
        'create_keys',
        'get_key',
        'update_keys',
        'delete_keys',
        'get_current_key',
        'get_credits',
        'list_organization_members',
        'get_user_activity',
      ].map((name) => `openrouter_admin_${name}`),
    ),
  )
})

test('inputs are flat objects that name every field, with the attribution arguments beside them', () => {
  for (const { inputSchema } of tools) {
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(Object.keys(inputSchema['properties'] as object)).toEqual(
      expect.arrayContaining(Object.keys(ATTRIBUTION_ARGUMENTS)),
    )
    expect(JSON.stringify(inputSchema)).not.toContain('$ref')
  }
})

test('reading, writing and destroying are told apart', () => {
  const hints = new Map(tools.map(({ operation, annotations }) => [operation, annotations]))
  expect(hints.get('getKey')).toEqual({ readOnlyHint: true, destructiveHint: false })
  expect(hints.get('createKeys')).toEqual({ readOnlyHint: false, destructiveHint: false })
  expect(hints.get('deleteKeys')).toEqual({ readOnlyHint: false, destructiveHint: true })
})

test('nobody sets an installation up through a tool', () => {
  expect(tools.map(({ operation }) => operation)).not.toContain('completeSetUp')
})
