import { expect, test } from 'vitest'
import { ApiError, createClient } from './client.ts'
import { getCredits } from './management/organization.ts'
import { deleteWorkspace, listWorkspaces, updateWorkspace } from './management/workspaces.ts'

interface Sent {
  url: string
  method: string
  headers: Record<string, string>
  body?: string
}

function clientThatGets(status: number, body: unknown): { call: ReturnType<typeof createClient>; sent: Sent[] } {
  const sent: Sent[] = []
  const call = createClient({
    baseUrl: 'http://host',
    apiKey: 'secret',
    fetch: async (url, init) => {
      sent.push({ url, ...init })
      return { ok: status < 400, status, json: async () => body }
    },
  })
  return { call, sent }
}

test('what stands in the path is escaped there; the rest is the query of a read', async () => {
  const { call, sent } = clientThatGets(200, { deleted: true })
  await call(deleteWorkspace, { id: 'a/b?c', confirm_default_workspace_deletion: true })
  expect(sent).toMatchObject([
    { method: 'DELETE', url: 'http://host/api/v1/workspaces/a%2Fb%3Fc?confirm_default_workspace_deletion=true' },
  ])
  expect(sent[0]).not.toHaveProperty('body')
})

test('omitted and null are not sent in a query', async () => {
  const { call, sent } = clientThatGets(200, { data: [], total_count: 0 })
  await call(listWorkspaces, { offset: null, limit: undefined })
  expect(sent[0]?.url).toBe('http://host/api/v1/workspaces')
})

test('the rest of a write is its JSON body, null included', async () => {
  const { call, sent } = clientThatGets(404, { error: { code: 404, message: 'Workspace not found' } })
  await expect(call(updateWorkspace, { id: 'x', description: null })).rejects.toEqual(
    new ApiError(404, { error: { code: 404, message: 'Workspace not found' } }),
  )
  expect(sent[0]).toMatchObject({
    method: 'PATCH',
    url: 'http://host/api/v1/workspaces/x',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: '{"description":null}',
  })
})

test('an answer that breaks the contract is an error, not data', async () => {
  const { call } = clientThatGets(200, { data: { total_credits: '1' } })
  await expect(call(getCredits, {})).rejects.toThrow('total_credits')
})
