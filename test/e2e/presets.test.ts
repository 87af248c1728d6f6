import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ListUpstream, startListUpstream } from '../harness/list-upstream.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { manageAt } from './manage.ts'

/*
 * One preset for every protocol, whichever format the provider speaks: what it sets reaches the provider in that format's words, also
 * where a client of the same format has its request passed on as it is.
 */

type Json = Record<string, unknown>

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
const LOOK = { type: 'function', function: { name: 'look', description: 'Looks it up', parameters: SCHEMA } }
const DIALECTS = ['openai-chat', 'anthropic', 'openai-responses'] as const

let upstream: ScriptedUpstream
let lists: ListUpstream
let gateway: Gateway
let workspace: string
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  lists = await startListUpstream()
  const pricing = { prompt: '0.000001', completion: '0.000002' }
  const provider = (slug: string, dialect: string, base_url: string, models: object[]) => ({
    slug,
    dialect,
    base_url,
    api_key: `secret-of-${slug}`,
    models,
  })
  const speakers = DIALECTS.map((dialect) =>
    provider(dialect, dialect, upstream.baseUrl, [
      { id: `acme/${dialect}`, upstream_id: 'm', pricing, context_length: 99_000 },
    ]),
  )
  const vectors = { id: 'acme/vectors', pricing, context_length: 8_000, output_modalities: ['embeddings'] }
  const ranks = { id: 'acme/ranks', pricing, context_length: 8_000, output_modalities: ['rerank'] }
  const config = { providers: [...speakers, provider('lists', 'openai-chat', lists.baseUrl, [vectors, ranks])] }
  gateway = await startGateway({ config })
  workspace = String((await manageAt(gateway, 'POST', 'workspaces', { name: 'Presets', slug: 'presets' }))['id'])
  key = await gateway.createKey({ workspace_id: workspace, rate_limit_rpm: 0 })
  await putPreset('chatty', {
    model: 'acme/openai-chat',
    temperature: 0.5,
    max_completion_tokens: 3,
    seed: 7,
    tools: [LOOK],
    tool_choice: 'required',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'x' },
    ],
  })
})
beforeEach(() => upstream.reset())
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await lists?.close()
})

async function putPreset(slug: string, fields: Json, path = 'chat/completions'): Promise<void> {
  await manageAt(gateway, 'POST', `presets/${slug}/${path}`, { workspace_id: workspace, ...fields })
}

async function post(path: string, body: Json): Promise<Json> {
  const answer = await gateway.call('POST', `/api/v1/${path}`, { key, body })
  expect(answer.body, JSON.stringify(answer.body)).not.toHaveProperty('error.message')
  expect(answer.status).toBe(200)
  return answer.body as Json
}

const sent = () => upstream.requests.at(-1)?.body as Json
const QUESTION = { messages: [{ role: 'user', content: 'Where?' }] }
const PATHS = { 'openai-chat': '/v1/chat/completions', anthropic: '/v1/messages', 'openai-responses': '/v1/responses' }

/** What of the preset each format says in its own way. */
const IN_WORDS_OF: Readonly<Record<(typeof DIALECTS)[number], Json>> = {
  'openai-chat': {
    seed: 7,
    max_completion_tokens: 3,
    tools: [LOOK],
    tool_choice: 'required',
  },
  anthropic: {
    max_tokens: 3,
    tools: [{ name: 'look', description: 'Looks it up', input_schema: SCHEMA }],
    tool_choice: { type: 'any' },
  },
  'openai-responses': {
    max_output_tokens: 3,
    instructions: 'Be brief.',
    tools: [{ type: 'function', name: 'look', description: 'Looks it up', parameters: SCHEMA }],
    tool_choice: 'required',
  },
}
const CLIENTS: readonly [string, Json][] = [
  ['chat/completions', QUESTION],
  ['completions', { prompt: 'Where?' }],
  ['messages', QUESTION],
  ['responses', { input: 'Where?' }],
]
const CELLS = CLIENTS.flatMap(([path, body]) => DIALECTS.map((dialect) => [path, dialect, body] as const))

test.each(CELLS)(
  '%s at a provider of %s: system prompt, parameters and tools of the preset arrive',
  async (path, dialect, body) => {
    await post(path, { model: `acme/${dialect}@preset/chatty`, ...body })
    expect(upstream.requests.at(-1)?.path).toBe(PATHS[dialect])
    const { seed: _seed, max_completion_tokens: bound, ...words } = IN_WORDS_OF[dialect]
    expect(sent()).toMatchObject({ temperature: 0.5, ...words })
    if (dialect === 'openai-chat') expect(sent()['max_tokens'] ?? sent()['max_completion_tokens']).toBe(bound)
    expect(JSON.stringify(sent()).match(/Be brief\./g)).toHaveLength(1)
    expect(JSON.stringify(sent())).not.toContain('preset')
  },
)

test('what the request sets itself wins, and its tools are added', async () => {
  const own = { name: 'write', input_schema: { type: 'object' } }
  await post('messages', {
    model: 'acme/anthropic',
    preset: 'chatty',
    ...QUESTION,
    max_tokens: 9,
    tools: [own],
    system: 'Be kind.',
  })
  expect(sent()).toMatchObject({ max_tokens: 9, system: 'Be brief.\n\nBe kind.', tools: [{ name: 'look' }, own] })
  await post('chat/completions', { preset: 'chatty', ...QUESTION, max_tokens: 9 })
  expect(sent()).toMatchObject({ max_tokens: 9 })
})

test('a preset made of messages serves chats', async () => {
  const tools = [{ name: 'look', description: 'Looks it up', input_schema: SCHEMA }]
  await putPreset(
    'spoken',
    { model: 'acme/openai-chat', system: 'Be brief.', tools, stop_sequences: ['.'], ...QUESTION, max_tokens: 4 },
    'messages',
  )
  await post('chat/completions', { model: '@preset/spoken', ...QUESTION })
  expect(sent()).toMatchObject({
    max_tokens: 4,
    stop: ['.'],
    tools: [LOOK],
    messages: [{ content: 'Be brief.' }, QUESTION.messages[0]],
  })
})

test('embeddings and ranks take model and providers of a preset, and nothing of conversations', async () => {
  const provider = { only: ['lists'] }
  await putPreset('vectors', { model: 'acme/vectors', provider, temperature: 1, ...QUESTION })
  await putPreset('ranks', { model: 'acme/ranks', provider, ...QUESTION })
  expect(await post('embeddings', { model: '@preset/vectors', input: 'one' })).toMatchObject({ model: 'acme/vectors' })
  expect(lists.requests.at(-1)?.body).toEqual({ model: 'acme/vectors'.split('/')[1], input: 'one' })
  const ranked = await post('rerank', { preset: 'ranks', query: 'x', documents: ['a', 'b'] })
  expect(ranked).toMatchObject({ model: 'acme/ranks' })
  for (const path of ['completions', 'embeddings', 'rerank']) {
    const body = { model: '@preset/none', prompt: 'x', input: 'x', query: 'x', documents: ['a'] }
    expect((await gateway.call('POST', `/api/v1/${path}`, { key, body })).status).toBe(404)
  }
})
