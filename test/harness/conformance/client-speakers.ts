import type { ClientFormat } from '../../../src/dialects/abilities.ts'
import {
  eventsOf,
  type HeardAnswer,
  type Json,
  object,
  objects,
  QUESTION,
  resultOf,
  SCHEMA,
  TOOL,
  texts,
  toCall,
  type Wish,
} from './conversation.ts'

/*
 * Clients as their formats' official packages speak, written without the code that reads them.
 */

export interface ClientSpeaker {
  /** A request; `history` stands behind the first question. */
  ask(wish: Wish, history: readonly Json[]): Json
  /** The answer that a stream comes to, as if it had come whole. */
  gather(stream: string): Json
  hear(answer: Json): HeardAnswer
  /** An answer with calls, and what the tools say, for the next request. */
  goOn(answer: Json): Json[]
}

const MODEL = 'a/b'
const OUTPUT_MAX = 8_000
const EFFORT = 'high'
const MARK = { type: 'ephemeral' }
const FILE_NAME = 'report.pdf'
const CHAT_TOOL = { type: 'function', function: TOOL }

/** Only what is wanted. */
function when(isWanted: unknown, fields: Json): Json {
  return isWanted ? fields : {}
}

function chatFields(wish: Wish): Json {
  const schema = { name: 'answer', strict: true, schema: SCHEMA }
  return {
    model: MODEL,
    max_tokens: OUTPUT_MAX,
    ...when(wish.isStream, { stream: true }),
    ...when(wish.hasSchema, { response_format: { type: 'json_schema', json_schema: schema } }),
    ...when(wish.isJson, { response_format: { type: 'json_object' } }),
    ...when(wish.isReasoning, { reasoning: { effort: EFFORT } }),
    ...when(wish.choices, { n: wish.choices }),
    ...when(wish.stop, { stop: [wish.stop] }),
  }
}

/** Pieces by their number, put together: texts grow, lists go on, anything else stays. */
function grow(whole: Json, piece: Json): void {
  for (const [name, value] of Object.entries(piece)) {
    const before = whole[name]
    if (typeof before === 'string' && typeof value === 'string' && name !== 'role') whole[name] = before + value
    else if (name === 'tool_calls') whole[name] = growCalls(objects(before), objects(value))
    else if (Array.isArray(before) && Array.isArray(value)) whole[name] = [...before, ...value]
    else if (value !== null) whole[name] = value
  }
}

function growCalls(calls: Json[], pieces: readonly Json[]): Json[] {
  for (const { index, ...piece } of pieces) {
    const known = calls[Number(index)]
    if (known === undefined) calls[Number(index)] = piece
    else grow(object(known['function']), object(piece['function']))
  }
  return calls
}

/** The choices of a stream, each as `toChoice` begins it. */
function gatherChoices(stream: string, partName: 'message' | null): Json {
  const choices: Json[] = []
  let last: Json = {}
  for (const event of eventsOf(stream)) {
    for (const { index, delta, ...rest } of objects(event['choices'])) {
      const at = Number(index)
      choices[at] ??= partName === null ? { text: '' } : { [partName]: {} }
      const choice = choices[at]
      if (partName !== null) grow(object(choice[partName]), object(delta))
      else grow(choice, { text: rest['text'], reasoning: rest['reasoning'] ?? null })
      const logprobs = objects(object(rest['logprobs'])['content'])
      if (logprobs.length > 0) {
        choice['logprobs'] = { content: [...objects(object(choice['logprobs'])['content']), ...logprobs] }
      }
    }
    last = event
  }
  return { choices, usage: last['usage'] }
}

function tokensOf(logprobs: unknown): string[] {
  return objects(object(logprobs)['content']).map(({ token }) => String(token))
}

function cachedOf(usage: unknown): unknown {
  return object(object(usage)['prompt_tokens_details'])['cached_tokens']
}

const chat: ClientSpeaker = {
  ask: (wish, history) => {
    const question = { type: 'text', text: QUESTION, ...when(wish.isMarked, { cache_control: MARK }) }
    const parts = [
      question,
      ...(wish.image ? [{ type: 'image_url', image_url: { url: wish.image } }] : []),
      ...(wish.file ? [{ type: 'file', file: { filename: FILE_NAME, file_data: wish.file } }] : []),
      ...(wish.video ? [{ type: 'video_url', video_url: { url: wish.video } }] : []),
      ...(wish.audio ? [{ type: 'input_audio', input_audio: { data: wish.audio, format: 'wav' } }] : []),
    ]
    return {
      ...chatFields(wish),
      messages: [{ role: 'user', content: parts.length > 1 || wish.isMarked ? parts : QUESTION }, ...history],
      ...when(wish.tools, { tools: [CHAT_TOOL] }),
      ...when(wish.isSingle, { parallel_tool_calls: false }),
      ...when(wish.hasLogprobs, { logprobs: true, top_logprobs: 1 }),
    }
  },
  gather: (stream) => gatherChoices(stream, 'message'),
  hear: ({ choices, usage }) => {
    const messages = objects(choices).map(({ message }) => object(message))
    const first = messages[0] ?? {}
    return {
      texts: texts(...messages.map(({ content }) => content)),
      reasoning: String(first['reasoning'] ?? ''),
      calls: objects(first['tool_calls']).map((call) => {
        const { name, arguments: text } = object(call['function'])
        return toCall(name, text)
      }),
      tokens: tokensOf(objects(choices)[0]?.['logprobs']),
      cachedTokens: cachedOf(usage),
    }
  },
  goOn: ({ choices }) => {
    const { role, content, tool_calls: calls, reasoning_details: details } = object(objects(choices)[0]?.['message'])
    const said = { role, content: content ?? null, tool_calls: calls, ...when(details, { reasoning_details: details }) }
    const results = objects(calls).map(({ id }, at) => ({ role: 'tool', tool_call_id: id, content: resultOf(at) }))
    return [said, ...results]
  },
}

const completions: ClientSpeaker = {
  ask: (wish) => ({ ...chatFields(wish), prompt: QUESTION, ...when(wish.hasLogprobs, { logprobs: 1 }) }),
  gather: (stream) => gatherChoices(stream, null),
  hear: ({ choices, usage }) => ({
    texts: texts(...objects(choices).map(({ text }) => text)),
    reasoning: String(objects(choices)[0]?.['reasoning'] ?? ''),
    calls: [],
    tokens: tokensOf(objects(choices)[0]?.['logprobs']),
    cachedTokens: cachedOf(usage),
  }),
  goOn: () => [],
}

const responses: ClientSpeaker = {
  ask: (wish, history) => {
    const marked = when(wish.isMarked, { cache_control: MARK })
    const fileName = wish.file?.startsWith('data:') ? { file_data: wish.file } : { file_url: wish.file }
    const content = [
      { type: 'input_text', text: QUESTION, ...marked },
      ...(wish.image ? [{ type: 'input_image', image_url: wish.image, detail: 'auto' }] : []),
      ...(wish.file ? [{ type: 'input_file', filename: FILE_NAME, ...fileName }] : []),
      ...(wish.video ? [{ type: 'input_video', video_url: wish.video }] : []),
      ...(wish.audio ? [{ type: 'input_audio', input_audio: { data: wish.audio, format: 'wav' } }] : []),
    ]
    const schema = { type: 'json_schema', name: 'answer', strict: true, schema: SCHEMA }
    return {
      model: MODEL,
      max_output_tokens: OUTPUT_MAX,
      input: [{ type: 'message', role: 'user', content }, ...history],
      ...when(wish.isStream, { stream: true }),
      ...when(wish.tools, { tools: [{ type: 'function', ...TOOL, strict: true }] }),
      ...when(wish.isSingle, { parallel_tool_calls: false }),
      ...when(wish.hasSchema, { text: { format: schema } }),
      ...when(wish.isJson, { text: { format: { type: 'json_object' } } }),
      ...when(wish.isReasoning, { reasoning: { effort: EFFORT, summary: 'auto' } }),
      ...when(wish.hasLogprobs, { include: ['message.output_text.logprobs'], top_logprobs: 1 }),
    }
  },
  gather: (stream) => object(eventsOf(stream).at(-1)?.['response']),
  hear: ({ output, usage }) => {
    const items = objects(output)
    const parts = items.filter(({ type }) => type === 'message').flatMap(({ content }) => objects(content))
    const thoughts = items.flatMap(({ summary, content, type }) =>
      type === 'reasoning' ? [...objects(summary), ...objects(content)] : [],
    )
    return {
      texts: texts(parts.map(({ text }) => text).join('')),
      reasoning: thoughts.map(({ text }) => text).join(''),
      calls: items.flatMap((item) => (item['type'] === 'function_call' ? toCall(item['name'], item['arguments']) : [])),
      tokens: parts.flatMap(({ logprobs }) => tokensOf({ content: logprobs })),
      cachedTokens: object(object(usage)['input_tokens_details'])['cached_tokens'],
    }
  },
  goOn: ({ output }) => {
    const calls = objects(output).filter(({ type }) => type === 'function_call')
    const results = calls.map((call, at) => ({
      type: 'function_call_output',
      call_id: call['call_id'],
      output: resultOf(at),
    }))
    return [...objects(output), ...results]
  },
}

/** An address or a content as blocks have them. */
function source(address: string): Json {
  const [, type, data] = /^data:([^;]+);base64,(.*)$/.exec(address) ?? []
  return type === undefined ? { type: 'url', url: address } : { type: 'base64', media_type: type, data }
}

function gatherBlocks(stream: string): Json {
  const events = eventsOf(stream)
  const ofType = (type: string) => events.filter((event) => event['type'] === type)
  const blocks: Json[] = []
  for (const { content_block: block, index } of ofType('content_block_start')) blocks[Number(index)] = object(block)
  for (const { delta, index } of ofType('content_block_delta')) {
    const { type: _type, ...piece } = object(delta)
    grow(blocks[Number(index)] ?? {}, piece)
  }
  const content = blocks.map(({ partial_json: input, ...block }) =>
    typeof input === 'string' ? { ...block, input: JSON.parse(input) as unknown } : block,
  )
  return { ...object(ofType('message_start')[0]?.['message']), usage: ofType('message_delta')[0]?.['usage'], content }
}

const messages: ClientSpeaker = {
  ask: (wish, history) => {
    const content = [
      { type: 'text', text: QUESTION, ...when(wish.isMarked, { cache_control: MARK }) },
      ...(wish.image ? [{ type: 'image', source: source(wish.image) }] : []),
      ...(wish.file ? [{ type: 'document', source: source(wish.file), title: FILE_NAME }] : []),
    ]
    return {
      model: MODEL,
      max_tokens: OUTPUT_MAX,
      messages: [{ role: 'user', content }, ...history],
      ...when(wish.isStream, { stream: true }),
      ...when(wish.tools, {
        tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.parameters }],
      }),
      ...when(wish.isSingle, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
      ...when(wish.hasSchema, { output_config: { format: { type: 'json_schema', schema: SCHEMA } } }),
      ...when(wish.isReasoning, { thinking: { type: 'enabled', budget_tokens: OUTPUT_MAX / 2 } }),
      ...when(wish.stop, { stop_sequences: [wish.stop] }),
    }
  },
  gather: gatherBlocks,
  hear: ({ content, usage }) => {
    const blocks = objects(content)
    return {
      texts: texts(blocks.flatMap(({ type, text }) => (type === 'text' ? text : [])).join('')),
      reasoning: blocks.flatMap(({ type, thinking }) => (type === 'thinking' ? thinking : [])).join(''),
      calls: blocks.flatMap(({ type, name, input }) => (type === 'tool_use' ? toCall(name, input) : [])),
      tokens: [],
      cachedTokens: object(usage)['cache_read_input_tokens'],
    }
  },
  goOn: ({ content }) => {
    const calls = objects(content).filter(({ type }) => type === 'tool_use')
    const results = calls.map(({ id }, at) => ({ type: 'tool_result', tool_use_id: id, content: resultOf(at) }))
    return [
      { role: 'assistant', content },
      { role: 'user', content: results },
    ]
  },
}

export const CLIENTS: Readonly<Record<ClientFormat, ClientSpeaker>> = { chat, responses, messages, completions }
