import { expect, test } from 'vitest'
import { keepRawUsage } from './json-fields.ts'

test.each([
  ['an ordinary one', { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 0 } }, true],
  ['one with more text than usage has', { note: 'x'.repeat(20_000) }, false],
  ['one nested deeper than usage is', { a: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) }, false],
  ['a list', [1, 2], false],
  ['text', 'many', false],
  ['nothing', undefined, false],
])('of what a provider says about usage %s is kept as it is or not at all', (_name, usage, isKept) => {
  expect(keepRawUsage(usage)).toEqual(isKept ? usage : null)
})
