import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventStream, exceptionFrame } from '../../../test/harness/event-frames.ts'
import { gatherChunks } from '../../../test/harness/gather-chunks.ts'
import { BedrockStreamReader } from './read-stream.ts'

const FORMAT = 'anthropic-claude-v1'
const EVENTS = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/streams/bedrock/thoughts-and-calls.json', import.meta.url), 'utf8'),
) as [string, unknown][]
const WHOLE = eventStream(EVENTS)

function read(...pieces: Buffer[]) {
  const reader = new BedrockStreamReader(null)
  const chunks = pieces.flatMap((piece) => reader.push(piece))
  return { reader, chunks: [...chunks, ...reader.end()] }
}

test('thoughts, text, calls and usage of a whole stream', () => {
  const { reader, chunks } = read(WHOLE)
  expect(gatherChunks(chunks)).toEqual({
    role: 'assistant',
    content: 'Grüße, I look it up.',
    reasoning: 'Weighing it.',
    details: [
      { type: 'reasoning.text', text: 'Weighing ', format: FORMAT, index: 0 },
      { type: 'reasoning.text', text: 'it.', format: FORMAT, index: 0 },
      { type: 'reasoning.text', text: '', signature: 'c2lnbmVk', format: FORMAT, index: 0 },
    ],
    toolCalls: [
      { id: 'tooluse_1', name: 'weather', arguments: '{"city":"Zürich"}' },
      { id: 'tooluse_2', name: 'time', arguments: '{}' },
    ],
    finishReasons: ['tool_calls'],
    nativeFinishReasons: ['tool_use'],
  })
  expect(reader).toMatchObject({
    isDone: true,
    error: undefined,
    finishReason: 'tool_calls',
    nativeFinishReason: 'tool_use',
    usage: { promptTokens: 41, completionTokens: 35, cachedTokens: 8, cacheWriteTokens: 20 },
    usageRaw: { totalTokens: 76 },
  })
})

test('cut at every byte it is the same', () => {
  const expected = gatherChunks(read(WHOLE).chunks)
  for (let cut = 1; cut < WHOLE.length; cut += 1) {
    const { reader, chunks } = read(WHOLE.subarray(0, cut), WHOLE.subarray(cut))
    expect([cut, reader.isDone, gatherChunks(chunks)]).toEqual([cut, true, expected])
  }
})

test('broken off at every byte it is complete only where the reason to stop had come and no event is cut', () => {
  const ends = [WHOLE.length, WHOLE.length - eventStream(EVENTS.slice(-1)).length]
  for (let cut = 0; cut <= WHOLE.length; cut += 1) {
    const { reader } = read(WHOLE.subarray(0, cut))
    const isWhole = ends.includes(cut)
    expect([cut, reader.isDone, reader.error === undefined]).toEqual([cut, isWhole, isWhole])
  }
})

test.each([
  ['throttlingException', 429],
  ['modelStreamErrorException', 502],
  ['validationException', 400],
  ['somethingNew', undefined],
])('%s after content is an error with its status', (type, status) => {
  const { reader } = read(Buffer.concat([eventStream(EVENTS.slice(0, 6)), exceptionFrame(type, 'No.')]))
  expect(reader).toMatchObject({ isDone: false, hasContent: true })
  expect(reader.error?.status).toBe(status)
})

test('bytes that are no events are an error', () => {
  expect(read(Buffer.from('data: {"choices":[]}\n\n')).reader.error).toBeDefined()
  expect(read(eventStream([['contentBlockDelta', 'text']])).reader.error).toBeDefined()
})

test('what nobody may read is kept as it came', () => {
  const delta = { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent: 'eHg=' } } }
  expect(gatherChunks(read(eventStream([['contentBlockDelta', delta]])).chunks).details).toEqual([
    { type: 'reasoning.encrypted', data: 'eHg=', format: FORMAT, index: 0 },
  ])
})

test.each([[[]], [[{ contentBlockIndex: 0, delta: { toolUse: { input: '' } } }]]])(
  'a call without parameters is called with an empty object',
  (deltas) => {
    const { chunks } = read(
      eventStream([
        ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'now' } } }],
        ...deltas.map((delta): [string, unknown] => ['contentBlockDelta', delta]),
        ['contentBlockStop', { contentBlockIndex: 0 }],
        ['messageStop', { stopReason: 'tool_use' }],
      ]),
    )
    expect(gatherChunks(chunks).toolCalls).toEqual([{ id: 't', name: 'now', arguments: '{}' }])
  },
)
