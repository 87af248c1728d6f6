import type { EncodedRequest } from '../../../src/dialects/dialect.ts'
import type { DialectName } from '../../../src/domain/catalogue.ts'
import { eventStream } from '../event-frames.ts'
import {
  type Call,
  type HeardRequest,
  halves,
  idOfCall,
  type Json,
  object,
  objects,
  type Saying,
  sse,
  TOKENS,
  texts,
  toCall,
} from './conversation.ts'

/*
 * Providers as their documentation has them, written without the code that writes to them and reads them.
 */

export interface ProviderSpeaker {
  hear(request: EncodedRequest): HeardRequest
  answer(saying: Saying): string
  stream(saying: Saying): Buffer
}

const CREATED = 1_767_225_600
const LOGPROB = { token: 'w', logprob: -0.5, bytes: [119], top_logprobs: [] }

const bodyOf = ({ body }: EncodedRequest): Json => JSON.parse(String(body)) as Json
const callsOf = ({ calls = [] }: Saying): [Call, number][] => calls.map((call, at) => [call, at])
const inputOf = ({ city }: Call): string => JSON.stringify({ city })

/** A content in base64 without what stands before it, or an address. */
function given(...addresses: unknown[]): string[] {
  return texts(...addresses).map((address) => address.replace(/^data:[^,]*,/, ''))
}

function markersIn({ body }: EncodedRequest): number {
  return [...String(body).matchAll(/"(cache_control|cachePoint)":/g)].length
}

/** Whether a schema is one of an answer, as texts or as an object. */
function isSchema(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes('city')
}

const openaiChat: ProviderSpeaker = {
  hear: (request) => {
    const body = bodyOf(request)
    const messages = objects(body['messages'])
    const parts = messages.flatMap(({ content }) => objects(content))
    const format = object(body['response_format'])
    return {
      isStream: body['stream'] === true,
      tools: objects(body['tools']).map((tool) => String(object(tool['function'])['name'])),
      isSingle: body['parallel_tool_calls'] === false,
      hasSchema: isSchema(object(format['json_schema'])['schema']),
      isJson: format['type'] === 'json_object',
      media: parts.flatMap((part) =>
        given(
          object(part['image_url'])['url'],
          object(part['file'])['file_data'],
          object(part['video_url'])['url'],
          object(part['input_audio'])['data'],
        ),
      ),
      isReasoning: body['reasoning_effort'] !== undefined,
      signatures: messages.flatMap((message) =>
        objects(message['reasoning_details']).flatMap(({ signature, data }) => texts(signature, data)),
      ),
      markers: markersIn(request),
      hasLogprobs: body['logprobs'] === true,
      choices: Number(body['n'] ?? 1),
      stops: texts(...[body['stop']].flat()),
      calls: messages
        .flatMap((message) => objects(message['tool_calls']))
        .map((call) => toCall(object(call['function'])['name'], object(call['function'])['arguments'])),
      results: texts(...messages.flatMap(({ role, content }) => (role === 'tool' ? content : []))),
    }
  },
  answer: (saying) => {
    const choices = saying.texts.map((content, index) => ({
      index,
      finish_reason: saying.calls ? 'tool_calls' : 'stop',
      message: {
        role: 'assistant',
        content,
        ...(saying.thought && { reasoning: saying.thought.text, reasoning_details: [chatThought(saying.thought)] }),
        ...(saying.calls && { tool_calls: callsOf(saying).map(([call, at]) => chatCall(call, at)) }),
      },
      ...(saying.hasLogprobs && { logprobs: { content: [LOGPROB] } }),
    }))
    return JSON.stringify({ id: 'c-1', object: 'chat.completion', created: CREATED, choices, usage: chatUsage() })
  },
  stream: (saying) => {
    const chunk = (index: number, delta: Json, more: Json = {}): Json => ({
      id: 'c-1',
      object: 'chat.completion.chunk',
      created: CREATED,
      choices: [{ index, delta, finish_reason: null, ...more }],
    })
    const { thought } = saying
    const events = [
      chunk(0, { role: 'assistant', content: '' }),
      ...(thought ? [chunk(0, { reasoning: thought.text, reasoning_details: [chatThought(thought)] })] : []),
      ...saying.texts.flatMap((text, index) =>
        halves(text).map((content, half) =>
          chunk(index, { content }, saying.hasLogprobs && half === 0 ? { logprobs: { content: [LOGPROB] } } : {}),
        ),
      ),
      ...callsOf(saying).flatMap(([call, at]) => [
        chunk(0, { tool_calls: [{ index: at, ...chatCall({ ...call, city: undefined }, at) }] }),
        ...halves(inputOf(call)).map((text) =>
          chunk(0, { tool_calls: [{ index: at, function: { arguments: text } }] }),
        ),
      ]),
      ...saying.texts.map((_, index) => chunk(index, {}, { finish_reason: saying.calls ? 'tool_calls' : 'stop' })),
      { id: 'c-1', choices: [], usage: chatUsage() },
    ]
    return Buffer.concat([sse(events), Buffer.from('data: [DONE]\n\n')])
  },
}

function chatThought({ text, signature }: NonNullable<Saying['thought']>): Json {
  return { type: 'reasoning.text', text, signature, format: 'other-v1', index: 0 }
}

/** Without its input where it has no city. */
function chatCall(call: Call, at: number): Json {
  const text = call.city === undefined ? '' : inputOf(call)
  return { id: idOfCall(at), type: 'function', function: { name: call.name, arguments: text } }
}

function chatUsage(): Json {
  const { cached, completion, prompt } = TOKENS
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  }
}

const openaiResponses: ProviderSpeaker = {
  hear: (request) => {
    const body = bodyOf(request)
    const items = objects(body['input'])
    const parts = items.flatMap(({ content }) => objects(content))
    const format = object(object(body['text'])['format'])
    const include = [body['include']].flat()
    return {
      isStream: body['stream'] === true,
      tools: objects(body['tools']).map(({ name }) => String(name)),
      isSingle: body['parallel_tool_calls'] === false,
      hasSchema: isSchema(format['schema']),
      isJson: format['type'] === 'json_object',
      media: parts.flatMap((part) =>
        given(
          part['image_url'],
          part['file_data'],
          part['file_url'],
          part['video_url'],
          object(part['input_audio'])['data'],
        ),
      ),
      isReasoning: object(body['reasoning'])['effort'] !== undefined,
      signatures: texts(...items.map((item) => item['encrypted_content'])),
      markers: markersIn(request),
      hasLogprobs: include.includes('message.output_text.logprobs'),
      choices: Number(body['n'] ?? 1),
      stops: texts(...[body['stop']].flat()),
      calls: items.flatMap((item) => (item['type'] === 'function_call' ? toCall(item['name'], item['arguments']) : [])),
      results: texts(...items.map(({ output }) => output)),
    }
  },
  answer: (saying) => JSON.stringify(response(saying)),
  stream: (saying) => {
    const whole = response(saying)
    const events = objects(whole['output']).flatMap((item, index) => [
      { type: 'response.output_item.added', output_index: index, item: emptied(item) },
      ...piecesOf(item).map((piece) => ({ output_index: index, item_id: item['id'], ...piece })),
      { type: 'response.output_item.done', output_index: index, item },
    ])
    const created = { type: 'response.created', response: { ...whole, status: 'in_progress', output: [] } }
    return sse([created, ...events, { type: 'response.completed', response: whole }])
  },
}

function response(saying: Saying): Json {
  const { thought } = saying
  const logprobs = saying.hasLogprobs ? [LOGPROB] : []
  const { cached, completion, prompt } = TOKENS
  return {
    id: 'resp_1',
    object: 'response',
    created_at: CREATED,
    status: 'completed',
    output: [
      ...(thought
        ? [
            {
              type: 'reasoning',
              id: 'rs_1',
              summary: [{ type: 'summary_text', text: thought.text }],
              encrypted_content: thought.signature,
            },
          ]
        : []),
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: saying.texts[0], annotations: [], logprobs }],
      },
      ...callsOf(saying).map(([call, at]) => ({
        type: 'function_call',
        id: `fc_${at}`,
        status: 'completed',
        call_id: idOfCall(at),
        name: call.name,
        arguments: inputOf(call),
      })),
    ],
    usage: {
      input_tokens: prompt,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: completion,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: prompt + completion,
    },
  }
}

function emptied(item: Json): Json {
  if (item['type'] === 'reasoning') return { type: 'reasoning', id: item['id'], summary: [] }
  if (item['type'] === 'message') return { ...item, status: 'in_progress', content: [] }
  return { ...item, status: 'in_progress', arguments: '' }
}

function piecesOf(item: Json): Json[] {
  if (item['type'] === 'reasoning') {
    const text = String(objects(item['summary'])[0]?.['text'])
    return halves(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', summary_index: 0, delta }))
  }
  if (item['type'] === 'message') {
    const { text, logprobs } = objects(item['content'])[0] ?? {}
    return halves(String(text)).map((delta, half) => ({
      type: 'response.output_text.delta',
      content_index: 0,
      delta,
      logprobs: half === 0 ? logprobs : [],
    }))
  }
  return halves(String(item['arguments'])).map((delta) => ({ type: 'response.function_call_arguments.delta', delta }))
}

const anthropic: ProviderSpeaker = {
  hear: (request) => {
    const body = bodyOf(request)
    const blocks = objects(body['messages']).flatMap(({ content }) => objects(content))
    const output = object(body['output_config'])
    return {
      isStream: body['stream'] === true,
      tools: objects(body['tools']).map(({ name }) => String(name)),
      isSingle: object(body['tool_choice'])['disable_parallel_tool_use'] === true,
      hasSchema: isSchema(object(output['format'])['schema']),
      isJson: object(body['response_format'])['type'] === 'json_object',
      media: blocks.flatMap((block) => given(object(block['source'])['url'], object(block['source'])['data'])),
      isReasoning: body['thinking'] !== undefined,
      signatures: texts(...blocks.map(({ signature }) => signature)),
      markers: markersIn(request),
      hasLogprobs: body['logprobs'] !== undefined,
      choices: Number(body['n'] ?? 1),
      stops: texts(...[body['stop_sequences']].flat()),
      calls: blocks.flatMap(({ type, name, input }) => (type === 'tool_use' ? toCall(name, input) : [])),
      results: texts(...blocks.flatMap(({ type, content }) => (type === 'tool_result' ? content : []))),
    }
  },
  answer: (saying) => {
    const content = claudeBlocks(saying)
    return JSON.stringify({ ...claudeHead(), content, ...claudeEnd(saying), usage: claudeUsage() })
  },
  stream: (saying) => {
    const blocks = claudeBlocks(saying).flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: claudeStart(block) },
      ...claudeDeltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ])
    const { output_tokens: outputTokens, ...input } = claudeUsage()
    const start = { ...claudeHead(), content: [], stop_reason: null, usage: { ...input, output_tokens: 1 } }
    return sse([
      { type: 'message_start', message: start },
      ...blocks,
      { type: 'message_delta', delta: claudeEnd(saying), usage: { output_tokens: outputTokens } },
      { type: 'message_stop' },
    ])
  },
}

function claudeHead(): Json {
  return { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude' }
}

function claudeEnd({ calls }: Saying): Json {
  return { stop_reason: calls ? 'tool_use' : 'end_turn', stop_sequence: null }
}

function claudeUsage(): Json {
  const { cached, completion, prompt } = TOKENS
  return {
    input_tokens: prompt - cached,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
    output_tokens: completion,
  }
}

function claudeBlocks(saying: Saying): Json[] {
  const { thought } = saying
  return [
    ...(thought ? [{ type: 'thinking', thinking: thought.text, signature: thought.signature }] : []),
    { type: 'text', text: saying.texts[0] },
    ...callsOf(saying).map(([call, at]) => ({
      type: 'tool_use',
      id: idOfCall(at),
      name: call.name,
      input: { city: call.city },
    })),
  ]
}

function claudeStart(block: Json): Json {
  if (block['type'] === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return block['type'] === 'text' ? { type: 'text', text: '' } : { ...block, input: {} }
}

function claudeDeltas(block: Json): Json[] {
  if (block['type'] === 'text') return halves(String(block['text'])).map((text) => ({ type: 'text_delta', text }))
  if (block['type'] === 'tool_use') {
    return halves(JSON.stringify(block['input'])).map((text) => ({ type: 'input_json_delta', partial_json: text }))
  }
  const thoughts = halves(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking }))
  return [...thoughts, { type: 'signature_delta', signature: block['signature'] }]
}

const gemini: ProviderSpeaker = {
  hear: (request) => {
    const body = bodyOf(request)
    const config = object(body['generationConfig'])
    const parts = objects(body['contents']).flatMap((content) => objects(content['parts']))
    const declared = objects(body['tools']).flatMap((tool) => objects(tool['functionDeclarations']))
    return {
      isStream: request.path.endsWith(':streamGenerateContent?alt=sse'),
      tools: declared.map(({ name }) => String(name)),
      isSingle: String(request.body).includes('parallel'),
      hasSchema: isSchema(config['responseSchema']),
      isJson: config['responseMimeType'] === 'application/json' && config['responseSchema'] === undefined,
      media: parts.flatMap((part) => given(object(part['inlineData'])['data'], object(part['fileData'])['fileUri'])),
      isReasoning: object(config['thinkingConfig'])['includeThoughts'] === true,
      signatures: texts(...parts.map((part) => part['functionCall'] && part['thoughtSignature'])),
      markers: markersIn(request),
      hasLogprobs: config['responseLogprobs'] === true,
      choices: Number(config['candidateCount'] ?? 1),
      stops: texts(...[config['stopSequences']].flat()),
      calls: parts.flatMap((part) => {
        const { name, args } = object(part['functionCall'])
        return part['functionCall'] === undefined ? [] : [toCall(name, args)]
      }),
      results: texts(...parts.map((part) => object(object(part['functionResponse'])['response'])['result'])),
    }
  },
  answer: (saying) => {
    const candidates = saying.texts.map((text, index) => geminiCandidate(index, geminiParts(saying, text), saying))
    return JSON.stringify({ candidates, usageMetadata: geminiUsage(), responseId: 'r-1' })
  },
  stream: (saying) => {
    const said = saying.texts.flatMap((text, index) => {
      const [thoughts, words, calls] = geminiPartGroups(saying, text)
      const pieces = halves(String(words?.[0]?.['text'])).map((piece) => [{ text: piece }])
      return [thoughts, ...pieces, calls]
        .filter((parts) => parts !== undefined && parts.length > 0)
        .map((parts, at) => ({
          candidates: [
            geminiCandidate(index, parts ?? [], { ...saying, hasLogprobs: saying.hasLogprobs && at === 0 }, false),
          ],
          responseId: 'r-1',
        }))
    })
    const ends = saying.texts.map((_, index) => ({
      content: { role: 'model', parts: [] },
      index,
      finishReason: 'STOP',
    }))
    return sse([...said, { candidates: ends, usageMetadata: geminiUsage(), responseId: 'r-1' }])
  },
}

/** Thoughts, words, calls. The signature is on the first call, as the provider's models have it. */
function geminiPartGroups(saying: Saying, text: string): Json[][] {
  const { thought } = saying
  const signature = thought && { thoughtSignature: thought.signature }
  const calls = callsOf(saying).map(([call, at]) => ({
    functionCall: { id: idOfCall(at), name: call.name, args: { city: call.city } },
    ...(at === 0 && signature),
  }))
  return [thought ? [{ text: thought.text, thought: true }] : [], [{ text }], calls]
}

function geminiParts(saying: Saying, text: string): Json[] {
  return geminiPartGroups(saying, text).flat()
}

function geminiCandidate(index: number, parts: readonly Json[], saying: Saying, isOver = true): Json {
  const token = { token: LOGPROB.token, logProbability: LOGPROB.logprob }
  const logprobsResult = { chosenCandidates: [token], topCandidates: [{ candidates: [token] }] }
  return {
    index,
    content: { role: 'model', parts },
    ...(isOver && { finishReason: 'STOP' }),
    ...(saying.hasLogprobs && { logprobsResult }),
  }
}

function geminiUsage(): Json {
  const { cached, completion, prompt } = TOKENS
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: completion,
    totalTokenCount: prompt + completion,
    cachedContentTokenCount: cached,
  }
}

const bedrock: ProviderSpeaker = {
  hear: (request) => {
    const body = bodyOf(request)
    const blocks = objects(body['messages']).flatMap(({ content }) => objects(content))
    const format = object(object(body['outputConfig'])['textFormat'])
    const more = object(body['additionalModelRequestFields'])
    const reasoned = blocks.map(({ reasoningContent }) => object(object(reasoningContent)['reasoningText']))
    return {
      isStream: request.path.endsWith('/converse-stream'),
      tools: objects(object(body['toolConfig'])['tools']).flatMap((tool) => texts(object(tool['toolSpec'])['name'])),
      isSingle: String(request.body).includes('parallel'),
      hasSchema: isSchema(object(object(format['structure'])['jsonSchema'])['schema']),
      isJson: format['type'] !== undefined && format['type'] !== 'json_schema',
      media: blocks.flatMap(({ image, document, video }) =>
        [image, document, video].flatMap((one) => given(object(object(one)['source'])['bytes'])),
      ),
      isReasoning: more['thinking'] !== undefined,
      signatures: texts(...reasoned.map(({ signature }) => signature)),
      markers: markersIn(request),
      hasLogprobs: more['logprobs'] !== undefined,
      choices: 1,
      stops: texts(...[object(body['inferenceConfig'])['stopSequences']].flat()),
      calls: blocks.flatMap(({ toolUse }) => {
        const { name, input } = object(toolUse)
        return toolUse === undefined ? [] : [toCall(name, input)]
      }),
      results: texts(
        ...blocks.flatMap(({ toolResult }) => objects(object(toolResult)['content']).map(({ text }) => text)),
      ),
    }
  },
  answer: (saying) =>
    JSON.stringify({
      output: { message: { role: 'assistant', content: converseBlocks(saying) } },
      stopReason: saying.calls ? 'tool_use' : 'end_turn',
      usage: converseUsage(),
    }),
  stream: (saying) => {
    const blocks = converseBlocks(saying).flatMap((block, contentBlockIndex): [string, Json][] => {
      const { name, toolUseId } = object(block['toolUse'])
      const start = { contentBlockIndex, start: { toolUse: { name, toolUseId } } }
      return [
        ...(block['toolUse'] === undefined ? [] : [['contentBlockStart', start] as [string, Json]]),
        ...converseDeltas(block).map((delta): [string, Json] => ['contentBlockDelta', { contentBlockIndex, delta }]),
        ['contentBlockStop', { contentBlockIndex }],
      ]
    })
    return eventStream([
      ['messageStart', { role: 'assistant' }],
      ...blocks,
      ['messageStop', { stopReason: saying.calls ? 'tool_use' : 'end_turn' }],
      ['metadata', { usage: converseUsage() }],
    ])
  },
}

function converseBlocks(saying: Saying): Json[] {
  const { thought } = saying
  return [
    ...(thought ? [{ reasoningContent: { reasoningText: { text: thought.text, signature: thought.signature } } }] : []),
    { text: saying.texts[0] },
    ...callsOf(saying).map(([call, at]) => ({
      toolUse: { toolUseId: idOfCall(at), name: call.name, input: { city: call.city } },
    })),
  ]
}

function converseDeltas(block: Json): Json[] {
  if (block['text'] !== undefined) return halves(String(block['text'])).map((text) => ({ text }))
  if (block['toolUse'] !== undefined) {
    const { input } = object(block['toolUse'])
    return halves(JSON.stringify(input)).map((text) => ({ toolUse: { input: text } }))
  }
  const { text, signature } = object(object(block['reasoningContent'])['reasoningText'])
  return [...halves(String(text)).map((piece) => ({ text: piece })), { signature }].map((reasoningContent) => ({
    reasoningContent,
  }))
}

function converseUsage(): Json {
  const { cached, completion, prompt } = TOKENS
  return {
    inputTokens: prompt - cached,
    outputTokens: completion,
    totalTokens: prompt + completion,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: 0,
  }
}

export const PROVIDERS: Readonly<Record<DialectName, ProviderSpeaker>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  gemini,
  bedrock,
}
