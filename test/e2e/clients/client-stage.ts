import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { type ListUpstream, startListUpstream } from '../../harness/list-upstream.ts'
import type { ReplyPlan } from '../../harness/reply-plan.ts'
import { type RecordedRequest, type ScriptedUpstream, startScriptedUpstream } from '../../harness/scripted-upstream.ts'

/*
 * What the suites of the official clients have in common: one gateway with a provider of each format that the scripted upstream
 * speaks, and the same story in every format: a question about the weather, a call of a tool, its result, an answer by a schema.
 */

type Json = Record<string, unknown>

/** Providers by their formats; their models are `<slug>/<name>` with the names below. */
export const SLUGS = { chatty: 'openai-chat', native: 'anthropic', items: 'openai-responses' } as const
export type Slug = keyof typeof SLUGS

/** What has failed is left alone for a while, so that each kind of failure has a model of its own. */
const MODEL_NAMES = ['small', 'busy', 'odd', 'cut'] as const

export interface ClientStage {
  gateway: Gateway
  upstream: ScriptedUpstream
  lists: ListUpstream
  /** An inference key without a limit. */
  key: string
  /** One that may spend nothing. */
  emptyKey: string
  close(): Promise<void>
}

/** The stage of all tests of a file, there once the first begins. After each the upstream is as new, and was asked nothing
 *  that its script had no answer to. */
export function useClientStage(): ClientStage {
  const stage: Partial<ClientStage> = {}
  beforeAll(async () => {
    Object.assign(stage, await startClientStage())
  })
  afterEach(() => {
    expect(stage.upstream?.scriptErrors).toEqual([])
    stage.upstream?.reset()
  })
  afterAll(() => stage.close?.())
  return stage as ClientStage
}

async function startClientStage(): Promise<ClientStage> {
  const [upstream, lists] = await Promise.all([startScriptedUpstream(), startListUpstream()])
  const providers = Object.entries(SLUGS).map(([slug, dialect]) => ({
    slug,
    name: slug.toUpperCase(),
    dialect,
    base_url: upstream.baseUrl,
    api_key: `secret-of-${slug}`,
    models: MODEL_NAMES.map((name) => ({
      id: `${slug}/${name}`,
      upstream_id: name,
      pricing: { prompt: '0.000001', completion: '0.000002' },
      context_length: 2_000_000,
      max_completion_tokens: 4_096,
    })),
  }))
  const list = (id: string, kind: string) => ({
    id,
    upstream_id: id,
    pricing: { prompt: '0.000002', completion: '0' },
    context_length: 8_000,
    output_modalities: [kind],
  })
  const models = [list('lists/vectors', 'embeddings'), list('lists/ranks', 'rerank')]
  const listProvider = { slug: 'lists', dialect: 'openai-chat', base_url: lists.baseUrl, api_key: 'secret', models }
  const gateway = await startGateway({ config: { providers: [...providers, listProvider] } })
  return {
    gateway,
    upstream,
    lists,
    key: await gateway.createKey(),
    emptyKey: await gateway.createKey({ limit: 0 }),
    close: async () => {
      await gateway.stop()
      await Promise.all([upstream.close(), lists.close()])
    },
  }
}

export const QUESTION = 'What is the weather in Ulm?'
/** What the scripted upstream says of itself. */
export const WORDS = 'word0 word1 word2 word3 word4'
export const CITY = { city: 'Ulm' }
export const CITY_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
  additionalProperties: false,
}

const ARGUMENTS = JSON.stringify(CITY)
const CHAT_CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: ARGUMENTS } }

/** An answer that calls `weather` with a city, whole or as a stream. */
export const CALL_PLANS: Readonly<Record<Slug, ReplyPlan>> = {
  chatty: {
    deltas: [
      { tool_calls: [{ index: 0, ...CHAT_CALL, function: { name: 'weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ARGUMENTS.slice(0, 5) } }] },
      { tool_calls: [{ index: 0, function: { arguments: ARGUMENTS.slice(5) } }] },
    ],
    message: { content: null, tool_calls: [CHAT_CALL] },
    finishReason: 'tool_calls',
  },
  native: { blocks: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: CITY }] },
  items: {
    items: [
      {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'weather',
        arguments: ARGUMENTS,
        status: 'completed',
      },
    ],
  },
}

/** The same after thoughts that only who has thought them can read again. */
export const THOUGHTFUL_PLANS: Readonly<Record<Exclude<Slug, 'chatty'>, ReplyPlan>> = {
  native: {
    blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' }, ...(CALL_PLANS.native.blocks ?? [])],
  },
  items: {
    items: [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'c2VhbGVk',
      },
      ...(CALL_PLANS.items.items ?? []),
    ],
  },
}

/** How such a provider must be given its thoughts again. */
export const THOUGHT_AGAIN: Readonly<Record<keyof typeof THOUGHTFUL_PLANS, Json>> = {
  native: { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
  items: { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'c2VhbGVk' },
}

/** All items, messages and blocks of messages that a provider was told, in their order. */
export function toldParts({ body }: RecordedRequest): Json[] {
  const { messages, input } = body as { messages?: Json[]; input?: Json[] }
  return (messages ?? input ?? []).flatMap((one): Json[] =>
    Array.isArray(one['content']) ? [one, ...(one['content'] as Json[])] : [one],
  )
}

/** What a provider was told of a call and its result, whatever its format. */
export interface ToldTurn {
  name: unknown
  input: unknown
  result: string
  /** Whether result and call name each other. */
  isPaired: boolean
}

export function toldTurn(request: RecordedRequest): ToldTurn {
  const parts = toldParts(request)
  const [called] = parts.flatMap((part) => (part['tool_calls'] as Json[] | undefined) ?? [])
  const call = called ?? parts.find(({ type }) => type === 'tool_use' || type === 'function_call') ?? {}
  const told = (call['function'] as Json | undefined) ?? call
  const answer =
    parts.find(({ role, type }) => role === 'tool' || type === 'tool_result' || type === 'function_call_output') ?? {}
  const id = call['call_id'] ?? call['id']
  return {
    name: told['name'],
    input: told['input'] ?? JSON.parse(String(told['arguments'])),
    result: textOf(answer['output'] ?? answer['content']),
    isPaired: id !== undefined && id === (answer['tool_call_id'] ?? answer['tool_use_id'] ?? answer['call_id']),
  }
}

/** The schema that the provider was asked to answer by, whatever its format. */
export function askedSchema({ body }: RecordedRequest): unknown {
  const { response_format: chat, output_config: messages, text: responses } = body as Record<string, Json | undefined>
  const format = chat?.['json_schema'] ?? messages?.['format'] ?? responses?.['format']
  return (format as Json | undefined)?.['schema']
}

/** Names of the tools that the provider was told of, whatever its format. */
export function toolNames({ body }: RecordedRequest): unknown[] {
  const { tools = [] } = body as { tools?: Json[] }
  return tools.map((tool) => (tool['function'] as Json | undefined)?.['name'] ?? tool['name'])
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return String(content)
  return (content as Json[]).map(({ text }) => String(text)).join('')
}

export function lastRequest({ requests }: ScriptedUpstream): RecordedRequest {
  const request = requests.at(-1)
  if (request === undefined) throw new Error('the upstream was asked nothing')
  return request
}
