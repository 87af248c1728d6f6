import { expect, test } from 'vitest'
import { MCP_MARK } from './mcp-surface.ts'
import { send } from './request.ts'

const isThroughMcp = process.env['SWITCHYARD_TEST_SURFACE'] === 'mcp'

test.each([
  ['GET', '/api/v1/workspaces?limit=3', undefined, 200],
  ['GET', '/api/v1/workspaces/no-such', undefined, 404],
  ['POST', '/api/v1/workspaces', { name: 'x' }, 400],
])('%s %s is asked through the surface that is under test', async (method, path, body, status) => {
  const answer = await send(method, path, body === undefined ? {} : { body })
  expect(answer.status).toBe(status)
  expect(answer.headers.get(MCP_MARK)).toBe(isThroughMcp ? 'mcp' : null)
})
