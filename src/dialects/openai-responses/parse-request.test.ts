import { expect, test } from 'vitest'
import { parseResponsesRequest } from './parse-request.ts'

function parse(fields: Record<string, unknown>) {
  const text = JSON.stringify({ model: 'a/b', input: 'Hi', ...fields })
  const request = parseResponsesRequest(Buffer.from(text), null)
  const { payload } = request
  return {
    request,
    chat: JSON.parse(String(payload.passedOn)) as Record<string, unknown>,
    native: JSON.parse(String(payload.native?.passedOn)) as Record<string, unknown>,
    echo: JSON.parse(String(request.echo)) as Record<string, unknown>,
  }
}

const messagesOf = (input: unknown) => parse({ input }).chat['messages']

test('a text is what the user says, after the instructions', () => {
  expect(parse({ instructions: 'Be brief' }).chat['messages']).toEqual([
    { role: 'system', content: 'Be brief' },
    { role: 'user', content: 'Hi' },
  ])
})

test('what holds for the request is read from it, whichever format the provider has', () => {
  const { request } = parse({
    models: ['c/d'],
    max_output_tokens: 9,
    stream: true,
    user: 'ann',
    session_id: 's',
    provider: { zdr: true },
    reasoning: { effort: 'low' },
  })
  expect(request).toMatchObject({
    models: ['a/b', 'c/d'],
    requestedTokens: 9,
    sessionId: 's',
    provider: { zdr: true },
    choices: 1,
    nativeOnly: null,
    payload: { isStream: true, user: 'ann', outputBound: 9, reasoningEffort: 'low' },
  })
})

test('a pseudonym of the end user stands for the end user', () => {
  const { request, native } = parse({ safety_identifier: 'u-1' })
  expect(request.payload.user).toBe('u-1')
  expect(native).not.toHaveProperty('safety_identifier')
})

test('items of one turn of the model become one message; the next reasoning begins another', () => {
  const reasoning = (id: string) => ({ type: 'reasoning', id, summary: [], encrypted_content: `e-${id}` })
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' })
  const chatCall = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
  const detail = (id: string, index: number) => ({
    type: 'reasoning.encrypted',
    data: `e-${id}`,
    id,
    format: 'openai-responses-v1',
    index,
  })
  expect(
    messagesOf([
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      reasoning('rs_1'),
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Look' }] },
      call('c1'),
      call('c2'),
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'two' }] },
      reasoning('rs_2'),
      { role: 'assistant', content: 'Done' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No more' }] },
      { type: 'custom_tool_call', call_id: 'c3', name: 'g', input: 'x' },
    ]),
  ).toEqual([
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: 'Look',
      reasoning_details: [detail('rs_1', 0)],
      tool_calls: [chatCall('c1'), chatCall('c2')],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'one' },
    { role: 'tool', tool_call_id: 'c2', content: 'two' },
    { role: 'assistant', content: 'Done', reasoning_details: [detail('rs_2', 1)] },
    {
      role: 'assistant',
      content: [],
      refusal: 'No more',
      tool_calls: [{ id: 'c3', type: 'custom', custom: { name: 'g', input: 'x' } }],
    },
  ])
})

test('parts of input are parts of a chat', () => {
  const parts = [
    { type: 'input_text', text: 'Look', cache_control: { type: 'ephemeral' } },
    { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'high' },
    { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
    { type: 'input_file', file_url: 'https://x.test/b.pdf' },
    { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    { type: 'input_video', video_url: 'https://x.test/c.mp4' },
  ]
  const { request, chat } = parse({ input: [{ role: 'user', content: parts }] })
  expect(chat['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look', cache_control: { type: 'ephemeral' } },
        { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'high' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } },
        { type: 'file', file: { file_data: 'https://x.test/b.pdf' } },
        { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
        { type: 'video_url', video_url: { url: 'https://x.test/c.mp4' } },
      ],
    },
  ])
  expect(request.images).toBe(1)
})

test('tools, the choice among them, formats and probabilities are said in the words of chats', () => {
  const { chat } = parse({
    tools: [
      { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      { type: 'custom', name: 'g', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    ],
    tool_choice: { type: 'function', name: 'f' },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true }, verbosity: 'low' },
    include: ['message.output_text.logprobs'],
    top_logprobs: 3,
    parallel_tool_calls: false,
  })
  expect(chat).toMatchObject({
    tools: [
      { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
      {
        type: 'custom',
        custom: { name: 'g', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
      },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
    verbosity: 'low',
    logprobs: true,
    top_logprobs: 3,
    parallel_tool_calls: false,
  })
})

test.each([
  [
    'an item',
    {
      input: [
        { role: 'user', content: 'x' },
        { type: 'local_shell_call', id: 'l' },
      ],
    },
    'input.1',
  ],
  ['a part', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }, 'input.0.content.0'],
  ['a tool', { tools: [{ type: 'local_shell' }] }, 'tools.0'],
  ['a choice', { tool_choice: { type: 'apply_patch' } }, 'tool_choice'],
])('%s that chats have no words for is named, and kept for providers of the format', (_name, fields, path) => {
  const { request, native } = parse(fields)
  expect(request.nativeOnly).toBe(path)
  expect(native).toMatchObject(fields)
})

test('what is for the gateway alone stays out of what goes on as it came', () => {
  const { native } = parse({
    store: false,
    previous_response_id: null,
    metadata: { a: 'b' },
    plugins: [],
    top_k: 5,
    presence_penalty: 1,
    reasoning: { effort: 'low', enabled: true, max_tokens: 5 },
    truncation: 'auto',
  })
  expect(native).toEqual({ input: 'Hi', reasoning: { effort: 'low' }, truncation: 'auto' })
})

test('reasoning that was answered here goes back to where it can be read, and nowhere else', () => {
  const own = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }
  const input = [
    { role: 'user', content: 'Hi' },
    { ...own, format: 'openai-responses-v1' },
    { type: 'reasoning', id: 'rs_2', summary: [], format: 'anthropic-claude-v1', signature: 's', content: [] },
  ]
  const { native, chat } = parse({ input })
  expect(native['input']).toEqual([input[0], own])
  expect((chat['messages'] as unknown[])[1]).toMatchObject({
    reasoning_details: [
      { type: 'reasoning.encrypted', data: 'x', format: 'openai-responses-v1' },
      { type: 'reasoning.text', text: '', signature: 's', format: 'anthropic-claude-v1' },
    ],
  })
})

test('what an answer repeats of the request is kept, and nothing else', () => {
  const { echo } = parse({ instructions: 'x', metadata: { a: 'b' }, temperature: 1, stream: true, tools: [] })
  expect(echo).toEqual({ instructions: 'x', metadata: { a: 'b' }, temperature: 1, tools: [] })
})
