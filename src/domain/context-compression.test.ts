import { expect, test } from 'vitest'
import type { Model } from './catalogue.ts'
import { compressContext, fitFor, mayExceed } from './context-compression.ts'
import type { PluginsInForce } from './plugins.ts'

const modelOf = (contextLength: number, more: Partial<Model> = {}): Model =>
  ({ id: 'a/b', outputModalities: ['text'], endpoints: [{ contextLength }, { contextLength: 100 }], ...more }) as Model

interface Changes {
  model?: Model
  requestedTokens?: number
  compression?: PluginsInForce['compression']
}

function compress(texts: readonly (string | object[])[], changes: Changes = {}) {
  const { model = modelOf(4_096), requestedTokens = null, compression = 'auto' } = changes
  const passedOn = JSON.stringify({ messages: texts.map((content) => ({ role: 'user', content })), seed: 1 })
  const fit = fitFor(model, compression, requestedTokens)
  if (fit === null) return null
  const compressed = compressContext(passedOn, fit)
  if (compressed !== null) expect(mayExceed(Buffer.byteLength(passedOn), fit)).toBe(true)
  return compressed
}

const LONG = 'x'.repeat(6_000)
const TOO_LONG = ['first', LONG, LONG, LONG, 'last']

test('a request that fits is not touched', () => {
  expect(compress(['first', LONG, 'last'])).toBeNull()
})

test('one that does not loses its middle, and nothing else', () => {
  const compressed = compress(TOO_LONG)
  const request = JSON.parse(compressed?.passedOn ?? '') as { messages: { content: string }[]; seed: number }
  expect(request.seed).toBe(1)
  expect(request.messages.at(0)?.content).toBe('first')
  expect(request.messages.at(-1)?.content).toBe('last')
  expect(Buffer.byteLength(compressed?.passedOn ?? '')).toBeLessThanOrEqual((4_096 - 1_024) * 3)
})

test.each([
  ['not asked for and the context is large', { model: modelOf(8_193), requestedTokens: 8_000 }, false],
  ['asked for, whatever the context', { model: modelOf(8_193), requestedTokens: 8_000, compression: 'on' }, true],
  ['turned off', { compression: 'off' }, false],
  ['a model that only makes pictures', { model: modelOf(4_096, { outputModalities: ['image'] }) }, false],
] as [string, Changes, boolean][])('%s', (_name, changes, isCompressed) => {
  expect(compress(TOO_LONG, changes) !== null).toBe(isCompressed)
})

test('pictures count by their number, and are counted when they go', () => {
  const picture = [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } }]
  expect(compress(['first', picture, 'last'])).toBeNull()
  const gone = compress(['first', LONG, picture, picture, LONG, 'last'])
  expect([gone?.mediaRemoved, gone?.imagesRemoved]).toEqual([2, 2])
})

test('Claude gets at most a thousand messages', () => {
  const texts = Array.from({ length: 1_200 }, (_, at) => String(at))
  const model = modelOf(200_000, { id: 'anthropic/claude' })
  expect(compress(texts, { model, compression: 'on' })?.removed).toBe(200)
  expect(compress(texts, { model })).toBeNull()
})
