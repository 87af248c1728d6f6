import { expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/pricing.ts'
import { Conversation, hashOpening, nameConversation, scopeOfNamed } from './conversation.ts'
import { SessionBook } from './session-book.ts'

const MINUTE_MS = 60_000

function start(entriesMax?: number) {
  let now = 0
  const book = new SessionBook({ now: () => now, monotonic: () => now }, entriesMax)
  const wait = (minutes: number): void => {
    now += minutes * MINUTE_MS
  }
  return { book, wait }
}

test('it remembers for ten minutes after the last answer', () => {
  const { book, wait } = start()
  book.put('one', 'endpoint')
  wait(9)
  book.put('one', 'endpoint')
  wait(9)
  expect(book.find('one')).toBe('endpoint')
  wait(2)
  expect(book.find('one')).toBeUndefined()
})

test('it holds a bounded number, and forgets what was answered longest ago', () => {
  const { book } = start(2)
  book.put('one', 'a')
  book.put('two', 'b')
  book.put('one', 'a')
  book.put('three', 'c')
  expect(['one', 'two', 'three'].map((name) => book.find(name))).toEqual(['a', undefined, 'c'])
})

const CHEAP_CACHE = { prompt: 10n, completion: 10n, inputCacheRead: 1n }
const DEAR_CACHE = { prompt: 10n, completion: 10n }
const CACHED = { ...NO_USAGE, promptTokens: 9, cachedTokens: 5 }

test.each([
  ['a session at once', { kind: 'session' as const, prices: DEAR_CACHE, usage: undefined }, true],
  ['an opening when the cache was read', { kind: 'opening' as const, prices: CHEAP_CACHE, usage: CACHED }, true],
  [
    'an opening when the cache was written',
    { kind: 'opening' as const, prices: CHEAP_CACHE, usage: { ...NO_USAGE, cacheWriteTokens: 1 } },
    true,
  ],
  ['a cache key likewise', { kind: 'cache_key' as const, prices: CHEAP_CACHE, usage: CACHED }, true],
  ['not before the cache was used', { kind: 'opening' as const, prices: CHEAP_CACHE, usage: NO_USAGE }, false],
  ['not where the cache costs as much', { kind: 'cache_key' as const, prices: DEAR_CACHE, usage: CACHED }, false],
])('a conversation stays: %s', (_name, { kind, prices, usage }, stays) => {
  const { book } = start()
  const name = { kind, text: 'x' }
  new Conversation(book, 'w', name).answered({ id: 'endpoint', modelId: 'a/m', prices }, usage)
  expect(new Conversation(book, 'w', name).endpointOf({ id: 'a/m' })).toBe(stays ? 'endpoint' : undefined)
})

test('no other model, workspace or name of a conversation is meant by it', () => {
  const { book } = start()
  const conversation = (workspaceId: string, text: string) =>
    new Conversation(book, workspaceId, { kind: 'session', text })
  conversation('w', 'x').answered({ id: 'endpoint', modelId: 'a/m', prices: DEAR_CACHE }, undefined)
  expect(conversation('w', 'x').endpointOf({ id: 'a/n' })).toBeUndefined()
  expect(conversation('v', 'x').endpointOf({ id: 'a/m' })).toBeUndefined()
  expect(conversation('w', 'y').endpointOf({ id: 'a/m' })).toBeUndefined()
})

test('the caller’s session goes before its cache key, and that before how the conversation begins', () => {
  const opening = [
    { role: 'user', content: 'one' },
    { role: 'system', content: 'Be brief.' },
  ]
  const name = (sessionId: string | null, cacheKey: string | null) => nameConversation({ sessionId, cacheKey, opening })
  expect(name('s', 'c')).toEqual({ kind: 'session', text: 's' })
  expect(name(null, 'c')).toEqual({ kind: 'cache_key', text: 'c' })
  expect(name(null, null)).toEqual({ kind: 'opening', text: hashOpening(opening) })
  const later = [...opening, { role: 'assistant', content: 'two' }, { role: 'user', content: 'three' }]
  expect(hashOpening(later)).toBe(hashOpening(opening))
  expect(hashOpening([{ role: 'user', content: 'other' }])).not.toBe(hashOpening(opening))
})

test('a conversation that the caller names is told from all others by its name and workspace, its session first', () => {
  const scopes = [
    scopeOfNamed('w', { sessionId: 'x', cacheKey: null }),
    scopeOfNamed('w', { sessionId: 'y', cacheKey: null }),
    scopeOfNamed('w', { sessionId: null, cacheKey: 'x' }),
    scopeOfNamed('v', { sessionId: 'x', cacheKey: null }),
  ]
  expect(new Set(scopes).size).toBe(4)
  expect(scopeOfNamed('w', { sessionId: 'x', cacheKey: 'y' })).toBe(scopes[0])
  expect(scopeOfNamed('w', { sessionId: '', cacheKey: null })).toBeUndefined()
})
