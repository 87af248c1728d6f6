import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { bulkAssignKeysToGuardrail, listKeyAssignments } = GUARDRAIL_OPERATIONS

async function assignedIn(workspace_id: string): Promise<string> {
  const { id } = await newGuardrail({ workspace_id })
  const { hash } = (await newKey({ workspace_id })).data
  await call(bulkAssignKeysToGuardrail, { id, key_hashes: [hash] })
  return hash
}

async function hashesFor(options: { cookie?: string }): Promise<string[]> {
  const answer = await send('GET', '/api/v1/guardrails/assignments/keys?limit=100', options)
  return expectAnswer(answer, 200, listKeyAssignments.output).data.map(({ key_hash }) => key_hash)
}

test('200 of all workspaces; to an Admin of one, of that one', async () => {
  const here = await assignedIn(gateway.teamWorkspaceId)
  const there = await assignedIn((await newWorkspace()).id)
  expect(await hashesFor({})).toEqual(expect.arrayContaining([here, there]))
  const forAdmin = await hashesFor({ cookie: gateway.sessions.admin.cookie })
  expect(forAdmin).toContain(here)
  expect(forAdmin).not.toContain(there)
})

test('400 for a negative offset', async () => {
  expectError(await send('GET', '/api/v1/guardrails/assignments/keys?offset=-1'), 400, 'offset')
})
