import { expect, test } from 'vitest'
import { readCacheWish } from './cache-wish.ts'

const asked = (cache?: string, ttl?: string) => ({
  ...(cache === undefined ? {} : { 'x-openrouter-cache': cache }),
  ...(ttl === undefined ? {} : { 'x-openrouter-cache-ttl': ttl }),
})
const preset = (enabled: boolean | null, ttlSeconds: number | null = null) => ({ enabled, ttlSeconds })

test.each([
  ['nobody asks for it', asked(), null, null],
  ['the header does', asked('true'), null, 300],
  ['the header does, in capitals', asked('TRUE'), null, 300],
  ['the header says neither', asked('1'), null, null],
  ['the preset does', asked(), preset(true), 300],
  ['the header takes it back', asked('false'), preset(true), null],
  ['the preset forbids it', asked('true'), preset(false), null],
  ['the preset says nothing of it', asked('true'), preset(null, 60), 60],
  ['the preset has a time', asked(), preset(true, 60), 60],
  ['the header has another', asked('true', '70'), preset(true, 60), 70],
  ['the time is cut to a whole number', asked('true', '12.9'), null, 12],
  ['the time begins with a number', asked('true', '12abc'), null, 12],
  ['the time is none', asked('true', 'soon'), null, 300],
  ['the time is none, and the preset has one', asked('true', ''), preset(true, 60), 60],
  ['the time is too short', asked('true', '0'), null, 1],
  ['the time is negative', asked('true', '-5'), null, 1],
  ['the time is too long', asked('true', '100000'), null, 86_400],
  ['a time alone asks for nothing', asked(undefined, '60'), null, null],
])('%s', (_name, headers, said, seconds) => {
  expect(readCacheWish(headers, said)?.ttlSeconds ?? null).toBe(seconds)
})

test.each([
  ['true', true],
  ['false', false],
  ['yes', false],
])('clear: %s', (clear, isRefresh) => {
  expect(readCacheWish({ ...asked('true'), 'x-openrouter-cache-clear': clear }, null)?.isRefresh).toBe(isRefresh)
})
