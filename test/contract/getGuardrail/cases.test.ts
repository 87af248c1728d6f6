import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 as it was created, whatever the case of its id', async () => {
  const data = await newGuardrail({ allowed_providers: ['openai'] })
  for (const id of [data.id, data.id.toUpperCase()]) {
    const answer = await send('GET', `/api/v1/guardrails/${id}`)
    expect(expectAnswer(answer, 200, GUARDRAIL_OPERATIONS.getGuardrail.output)).toEqual({ data })
  }
})

test.each([
  ['an unknown id', NO_UUID],
  ['what is no UUID', 'default'],
])('404 for %s', async (_name, id) => {
  expectError(await send('GET', `/api/v1/guardrails/${id}`), 404, /^Guardrail not found$/)
})

test('404 for a default guardrail that nobody has changed yet', async () => {
  const { default_guardrail_id } = await newWorkspace()
  expectError(await send('GET', `/api/v1/guardrails/${default_guardrail_id}`), 404, /^Guardrail not found$/)
})

test('404 for one of a workspace that somebody has nothing to do with, 200 to its Admin', async () => {
  const { id } = await newGuardrail({ workspace_id: gateway.teamWorkspaceId })
  const path = `/api/v1/guardrails/${id}`
  const { admin, orgMember, developer } = gateway.sessions
  expect((await send('GET', path, { cookie: admin.cookie })).status).toBe(200)
  for (const { cookie } of [orgMember, developer]) {
    expectError(await send('GET', path, { cookie }), 404, /^Guardrail not found$/)
  }
})
