import { expect, test } from 'vitest'
import { getGeneration } from '../../../src/contract/inference/generations.ts'
import { newKey, newWorkspace, spend } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 the moment its answer has ended, to any key of its workspace and to a management key, with exactly the declared keys', async () => {
  const { id } = await newWorkspace()
  const { key } = await newKey({ workspace_id: id })
  for (const reader of [key, (await newKey({ workspace_id: id })).key, gateway.managementKey]) {
    const spent = await spend(key)
    const answer = await send('GET', `/api/v1/generation?id=${spent.generationId}`, { key: reader })
    expect(expectAnswer(answer, 200, getGeneration.output).data).toMatchObject({
      id: spent.generationId,
      api_type: 'completions',
      model: 'sim/lorem',
      provider_name: 'Switchyard Sim',
      streamed: false,
      cancelled: false,
      finish_reason: expect.any(String),
      tokens_prompt: spent.promptTokens,
      tokens_completion: spent.completionTokens,
      usage: spent.cost,
      total_cost: spent.cost,
      is_byok: false,
      workspace_id: id,
      usage_estimated: false,
      uncharged: 0,
      reported_cost: null,
      outcome: 'done',
      guardrail_findings: null,
      provider_responses: [{ provider_name: 'Switchyard Sim', model_permaslug: 'sim/lorem', status: 200 }],
    })
  }
})

test('404 for a key of another workspace', async () => {
  const { id } = await newWorkspace()
  const { generationId } = await spend((await newKey({ workspace_id: id })).key)
  const answer = await send('GET', `/api/v1/generation?id=${generationId}`, { key: gateway.inferenceKey })
  expectError(answer, 404, 'Generation not found')
})

test.each([
  ['an unknown id', `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`],
  ['another form of id', 'chatcmpl-1'],
  ['an impossible time', 'gen-999999999999-00000000000000000000'],
])('404 for %s', async (_name, id) => {
  expectError(await send('GET', `/api/v1/generation?id=${id}`), 404, 'Generation not found')
})

test.each([
  ['no id', ''],
  ['an empty id', '?id='],
  ['two ids', '?id=a&id=b'],
])('400 for %s', async (_name, query) => {
  expectError(await send('GET', `/api/v1/generation${query}`), 400, 'id')
})
