import { expect, test } from 'vitest'
import { readRetryAfter } from './retry-after.ts'

const NOW = Date.UTC(2026, 0, 1)

test.each([
  ['seconds', { 'retry-after': '7' }, 7],
  ['part of a second', { 'retry-after': '0.2' }, 1],
  ['milliseconds, which are more exact', { 'retry-after': '7', 'retry-after-ms': '1200' }, 2],
  ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60],
  ['a date that is over', { 'retry-after': 'Thu, 01 Jan 2015 00:01:00 GMT' }, 0],
  ['more than an hour', { 'retry-after': '86400' }, 3_600],
  ['several', { 'retry-after': ['3', '9'] }, 3],
  ['no time at all', { 'retry-after': 'soon' }, undefined],
  ['a negative number', { 'retry-after': '-3' }, 0],
  ['nothing', {}, undefined],
])('a provider may ask to be left alone with %s', (_name, headers, seconds) => {
  expect(readRetryAfter(headers, NOW)).toBe(seconds)
})
