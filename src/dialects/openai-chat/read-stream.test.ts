import { expect, test } from 'vitest'
import { chatProtocol } from './protocol.ts'
import { ChatStreamReader } from './read-stream.ts'

const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }

function chunk(delta: unknown, finishReason: string | null = null, extra: object = {}): string {
  return `data: ${JSON.stringify({ id: 'up-1', choices: [{ index: 0, delta, finish_reason: finishReason }], ...extra })}\n\n`
}

function read(...pieces: (string | Buffer)[]): { stream: ChatStreamReader; events: Record<string, unknown>[] } {
  const stream = new ChatStreamReader(null)
  const answer = chatProtocol.newStream(IDENTITY)
  let output = ''
  for (const piece of pieces) output += answer.write(stream.push(Buffer.from(piece)))
  output += answer.write(stream.end())
  const events = output
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as Record<string, unknown>)
  return { stream, events }
}

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const WHOLE = [
  chunk({ role: 'assistant', content: 'hé' }),
  chunk({ content: 'llo' }),
  chunk({}, 'stop'),
  `data: ${JSON.stringify({ id: 'up-1', choices: [], usage: USAGE })}\n\n`,
  'data: [DONE]\n\n',
].join('')

test('a whole stream is done, with usage taken out and our identity put in', () => {
  const { stream, events } = read(WHOLE)
  expect(stream.isDone).toBe(true)
  expect(stream.error).toBeUndefined()
  expect(stream.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 })
  expect(stream.upstreamId).toBe('up-1')
  expect(events).toHaveLength(3)
  for (const event of events) {
    expect(event).toMatchObject({
      id: 'gen-1',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'a/b',
      provider: 'Alpha',
    })
    expect(event).not.toHaveProperty('usage')
  }
})

test('cut at every byte the events are the same', () => {
  const expected = read(WHOLE).events
  const bytes = Buffer.from(WHOLE)
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const { events, stream } = read(bytes.subarray(0, cut), bytes.subarray(cut))
    expect(events).toEqual(expected)
    expect(stream.isDone).toBe(true)
  }
})

test('broken off at every byte it is complete only when a finish reason had come', () => {
  const bytes = Buffer.from(WHOLE)
  const finishEnd = Buffer.byteLength(WHOLE.slice(0, WHOLE.indexOf('"stop"}]') + '"stop"}]}'.length))
  for (let cut = 0; cut < bytes.length; cut += 1) {
    const stream = new ChatStreamReader(null)
    stream.push(bytes.subarray(0, cut))
    stream.end()
    expect([cut, stream.isDone, stream.error === undefined]).toEqual([cut, stream.isDone, stream.isDone])
    if (cut < finishEnd) expect([cut, stream.isDone]).toEqual([cut, false])
  }
})

test.each([
  ['an error object', `${chunk({ content: 'a' })}data: {"error":{"message":"boom","code":429}}\n\n`, 429],
  ['a bare end', chunk({ content: 'a' }), undefined],
  ['an event that is no JSON', `${chunk({ content: 'a' })}data: {"choices":\n\n`, undefined],
])('%s after content is an error', (_name, text, status) => {
  const { stream } = read(text)
  expect(stream.isDone).toBe(false)
  expect(stream.error).toBeDefined()
  expect(stream.error?.status).toBe(status)
  expect(stream.hasContent).toBe(true)
})

test('a stream without [DONE] is complete when its finish reason has come', () => {
  expect(read(chunk({ content: 'a' }), chunk({}, 'stop')).stream.isDone).toBe(true)
})

test('an event over two data lines is one event', () => {
  const { events } = read('data: {"choices":[{"index":0,\ndata: "delta":{"content":"x"},"finish_reason":"stop"}]}\n\n')
  expect(events).toHaveLength(1)
})

test('chunks are repaired to what the official client accepts', () => {
  const odd = {
    choices: [{ delta: { role: 'model', reasoning_content: 'hm', tool_calls: [{ id: 'c' }] } }],
    system_fingerprint: null,
  }
  const { events } = read(`data:${JSON.stringify(odd)}\r\n\r\n`, chunk({}, 'end_turn'))
  expect(events[0]).not.toHaveProperty('system_fingerprint')
  expect(events[0]).toMatchObject({
    choices: [
      {
        index: 0,
        finish_reason: null,
        delta: { role: 'assistant', reasoning: 'hm', tool_calls: [{ id: 'c', index: 0 }] },
      },
    ],
  })
  expect(events[1]).toMatchObject({ choices: [{ finish_reason: 'stop', native_finish_reason: 'end_turn' }] })
})

test('content in parts becomes text, and the thoughts among them reasoning', () => {
  const thinking = [{ type: 'text', text: 'hm' }]
  const { events } = read(
    chunk({ content: [{ type: 'thinking', thinking }] }),
    chunk(
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'model_length',
    ),
  )
  expect(events).toMatchObject([
    { choices: [{ delta: { content: '', reasoning: 'hm' } }] },
    { choices: [{ delta: { content: 'ab' }, finish_reason: 'length', native_finish_reason: 'model_length' }] },
  ])
})

test.each([
  [{ prompt_tokens: -1, completion_tokens: 2 }],
  [{ prompt_tokens: 1.5, completion_tokens: 2 }],
  [{ prompt_tokens: '1', completion_tokens: 2 }],
  [{ prompt_tokens: 1e300, completion_tokens: 2 }],
  [{}],
])('usage %j is not believed', (usage) => {
  expect(read(chunk({ content: 'a' }, 'stop', { usage })).stream.usage).toBeUndefined()
})

test('a line of several megabytes ends the stream with an error', () => {
  const { stream } = read(`data: ${'x'.repeat(5_000_000)}`)
  expect(stream.error).toBeDefined()
})

test.each([
  ['sound', { audio: { id: 'a', data: 'A'.repeat(100_000), transcript: 'Hi' } }],
  [
    'a picture',
    { images: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } }] },
  ],
  ['a call in the old form', { function_call: { name: 'f', arguments: '{}' } }],
])('%s is content, and its data counts for no more tokens than it is', (_name, delta) => {
  const { stream } = read(chunk({ role: 'assistant' }), chunk(delta))
  expect([stream.hasContent, stream.contentChunks]).toEqual([true, 1])
  expect(stream.outputBytes).toBeLessThan(5_000)
})

test('of several choices all must have ended, and what comes behind an end takes nothing back', () => {
  const choice = (index: number, content: string, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index, delta: { content }, finish_reason }] })}\n\n`
  const begun = [choice(0, 'a'), choice(1, 'b'), choice(0, '', 'length')]
  expect(read(...begun).stream).toMatchObject({ isDone: false, finishReason: null })
  expect(read(...begun).stream.error).toBeDefined()
  const { stream } = read(...begun, choice(0, ''), choice(1, '', 'stop'))
  expect(stream).toMatchObject({ isDone: true, error: undefined, finishReason: 'length', nativeFinishReason: 'length' })
})
