import { expect, test } from 'vitest'
import { listModels, listUserModels } from '../../../src/contract/inference/catalogue.ts'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/models/user'

async function modelsOf(key: string | undefined, query = ''): Promise<string[]> {
  const answer = await send('GET', `${PATH}${query}`, key === undefined ? {} : { key })
  return expectAnswer(answer, 200, listUserModels.output).data.map(({ id }) => id)
}

/** Whether the model is there for the key, whatever a call then comes to. */
async function isThere(model: string, key: string): Promise<boolean> {
  const body = { model, max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }
  const { status, body: answer } = await send('POST', '/api/v1/chat/completions', { key, body })
  return !('availability' in ((answer as { error?: object }).error ?? {})) && status !== 404
}

test('200 lists every model to a key that nothing restricts, as the public list has it', async () => {
  const all = (await call(listModels, { limit: 500 })).data
  const answer = await send('GET', PATH, { key: gateway.inferenceKey })
  expect(expectAnswer(answer, 200, listUserModels.output)).toEqual({
    data: all,
    total_count: all.length,
    links: { next: null },
  })
})

test('200 lists what a call would be answered for, under a guardrail of the workspace and one of the key, and nothing else', async () => {
  const { default_guardrail_id, id } = await newWorkspace()
  const { key, data } = await newKey({ workspace_id: id })
  await call(GUARDRAIL_OPERATIONS.updateGuardrail, { id: default_guardrail_id, ignored_models: ['SIM/lorem'] })
  const own = await call(GUARDRAIL_OPERATIONS.createGuardrail, {
    name: 'own',
    workspace_id: id,
    allowed_models: ['sim/lorem', 'sim/echo', 'sim/error-400'],
  })
  await call(GUARDRAIL_OPERATIONS.bulkAssignKeysToGuardrail, { id: own.data.id, key_hashes: [data.hash] })
  const listed = await modelsOf(key)
  expect(listed).toEqual(['sim/echo', 'sim/error-400'])
  for (const model of ['sim/echo', 'sim/lorem', 'sim/liar', 'sim/error-400']) {
    expect([model, await isThere(model, key)]).toEqual([model, listed.includes(model)])
  }
})

test('200 lists to a scoped key the models it was made for', async () => {
  const { key } = await newKey({ type: 'scoped', allowed_models: ['sim/e*', 'free'] })
  const listed = await modelsOf(key)
  expect(listed).toContain('sim/echo')
  expect(listed).not.toContain('sim/lorem')
  for (const model of ['sim/echo', 'sim/lorem']) {
    expect([model, await isThere(model, key)]).toEqual([model, listed.includes(model)])
  }
})

test('200 lists nothing to a key that calls no models', async () => {
  const { key } = await newKey({ type: 'read_only' })
  expect(await modelsOf(key)).toEqual([])
})

test('200 in pages, the last one without a link', async () => {
  const all = await modelsOf(undefined)
  const first = await send('GET', `${PATH}?limit=2`)
  expect(expectAnswer(first, 200, listUserModels.output).links.next).toBe(`${PATH}?offset=2&limit=2`)
  expect(await modelsOf(undefined, '?limit=2&offset=1')).toEqual(all.slice(1, 3))
  expect(await modelsOf(undefined, `?offset=${all.length}`)).toEqual([])
})

test.each([
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['offset=-1', 'offset'],
  ['q=x', 'q'],
])('400 for %s', async (query, field) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, field)
})

test('401 without a key', async () => {
  expectError(await send('GET', PATH, { key: null }), 401, 'Missing Authentication header')
})

test('403 for a session, which calls no models', async () => {
  const { cookie } = gateway.sessions.orgAdmin
  expectError(await send('GET', PATH, { cookie }), 403, 'This needs an API key')
})
