import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { gatherChunks } from '../../../test/harness/gather-chunks.ts'
import { GeminiStreamReader } from './read-stream.ts'

const FORMAT = 'google-gemini-v1'

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../test/fixtures/streams/gemini/${name}.sse`, import.meta.url))
}

function read(...pieces: Buffer[]) {
  const reader = new GeminiStreamReader(null)
  const chunks = pieces.flatMap((piece) => reader.push(piece))
  return { reader, chunks: [...chunks, ...reader.end()] }
}

test('thoughts, text, calls and usage of a whole stream', () => {
  const { reader, chunks } = read(fixture('thoughts-and-calls'))
  expect(gatherChunks(chunks)).toEqual({
    role: 'assistant',
    content: 'Grüße, I look it up.',
    reasoning: '**Weighing** the question once more.',
    details: [
      { type: 'reasoning.text', text: '**Weighing** the question', format: FORMAT, index: 0 },
      { type: 'reasoning.text', text: ' once more.', format: FORMAT, index: 0 },
      { type: 'reasoning.encrypted', data: 'c2lnbmVkLTE=', id: 'gcall_rEsP1_0_0', format: FORMAT, index: 1 },
    ],
    toolCalls: [
      { id: 'gcall_rEsP1_0_0', name: 'weather', arguments: '{"city":"Zürich","days":2}' },
      { id: 'given-2', name: 'time', arguments: '{}' },
    ],
    finishReasons: ['tool_calls'],
    nativeFinishReasons: ['STOP'],
  })
  expect(reader).toMatchObject({
    isDone: true,
    error: undefined,
    upstreamId: 'rEsP1',
    finishReason: 'tool_calls',
    nativeFinishReason: 'STOP',
    usage: { promptTokens: 21, completionTokens: 65, cachedTokens: 8, reasoningTokens: 30 },
    usageRaw: { totalTokenCount: 86 },
  })
})

test('a signature of a text comes as a detail of its own', () => {
  const { reader, chunks } = read(fixture('signed-text'))
  expect(gatherChunks(chunks)).toMatchObject({
    content: 'Four.',
    details: [{ type: 'reasoning.encrypted', data: 'c2lnbmVkLXRleHQ=', format: FORMAT }],
    finishReasons: ['stop'],
  })
  expect(reader.usage).toMatchObject({ promptTokens: 5, completionTokens: 72, reasoningTokens: 70 })
})

test.each(['thoughts-and-calls', 'signed-text'])('%s cut at every byte is the same', (name) => {
  const bytes = fixture(name)
  const expected = gatherChunks(read(bytes).chunks)
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const { reader, chunks } = read(bytes.subarray(0, cut), bytes.subarray(cut))
    expect([cut, reader.isDone, gatherChunks(chunks)]).toEqual([cut, true, expected])
  }
})

test('broken off at every byte it is complete only when a reason to finish had come', () => {
  const bytes = fixture('thoughts-and-calls')
  const finishEnd = bytes.lastIndexOf('}')
  for (let cut = 0; cut < bytes.length; cut += 1) {
    const { reader } = read(bytes.subarray(0, cut))
    expect([cut, reader.isDone, reader.error === undefined]).toEqual([cut, cut > finishEnd, cut > finishEnd])
  }
})

test('a question that was blocked ends without content', () => {
  const { reader, chunks } = read(fixture('blocked'))
  expect(gatherChunks(chunks)).toMatchObject({
    content: '',
    finishReasons: ['content_filter'],
    nativeFinishReasons: ['PROHIBITED_CONTENT'],
  })
  expect(reader).toMatchObject({ isDone: true, hasContent: false, usage: { promptTokens: 9, completionTokens: 0 } })
})

test('usage that tells of the input alone is not believed once content has come', () => {
  const event = (text: string) => ({
    candidates: [{ content: { parts: [{ text }] } }],
    usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 },
  })
  const usageOf = (text: string) => read(Buffer.from(`data: ${JSON.stringify(event(text))}\n\n`)).reader.usage
  expect(usageOf('Four')).toBeUndefined()
  expect(usageOf('')).toMatchObject({ promptTokens: 5, completionTokens: 0 })
})

test('an error after content is told with its status', () => {
  const { reader } = read(fixture('error'))
  expect(reader).toMatchObject({ isDone: false, hasContent: true, error: { status: 503 } })
})

test('several candidates are several choices', () => {
  const candidate = (index: number, text: string, finishReason?: string) => ({
    index,
    content: { parts: [{ text }] },
    finishReason,
  })
  const events = [
    [candidate(0, 'a'), candidate(1, 'b')],
    [candidate(1, 'B', 'MAX_TOKENS')],
    [candidate(0, 'A', 'STOP')],
  ]
  const text = events.map((candidates) => `data: ${JSON.stringify({ candidates })}\r\n\r\n`).join('')
  const { reader, chunks } = read(Buffer.from(text))
  const ends = chunks.flatMap(({ choices }) => choices).filter((choice) => choice['finish_reason'] !== null)
  expect(ends.map((choice) => [choice['index'], choice['finish_reason']])).toEqual([
    [1, 'length'],
    [0, 'stop'],
  ])
  expect(reader.finishReason).toBe('stop')
  expect(gatherChunks(chunks).content).toBe('aA')
})

test('an older model that gives a reason with each event loses nothing', () => {
  const event = (text: string) =>
    `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] }, finishReason: 'STOP' }] })}\n\n`
  const { chunks } = read(Buffer.from(event('a') + event('b')))
  expect(gatherChunks(chunks)).toMatchObject({ content: 'ab', finishReasons: ['stop'] })
})
