import { expect, test } from 'vitest'
import { verdictOf } from './verdict.ts'

const answer = (status: number, text = '', headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(text),
})
const without = { hasContent: false }

test.each([200, 201, 202, 204, 207])('%i: taken', (status) => {
  expect(verdictOf(answer(status), without)).toEqual({ kind: 'taken' })
})

test.each([408, 425, 429, 500, 502, 503, 504])('%i: again', (status) => {
  expect(verdictOf(answer(status), without)).toMatchObject({ kind: 'again', retryAfterMs: null })
})

test.each([
  [400, true],
  [413, true],
  [422, true],
  [301, false],
  [401, false],
  [403, false],
  [404, false],
])('%i: refused, and that it may be for one of several: %s', (status, mayBeOne) => {
  expect(verdictOf(answer(status), without)).toMatchObject({ kind: 'refused', mayBeOne })
})

test.each([
  ['30', 30_000],
  ['99999', 3_600_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', null],
  ['-1', null],
])('Retry-After: %s', (given, retryAfterMs) => {
  expect(verdictOf(answer(503, '', { 'retry-after': given }), without)).toMatchObject({ retryAfterMs })
})

test('the text of an answer is told on one line and shortened, but not where it may quote what was sent', () => {
  const said = ` no:\n${'x'.repeat(1_000)}`
  const { message } = verdictOf(answer(422, said), without) as { message: string }
  expect(message).toBe(`answered 422: ${`no: ${'x'.repeat(1_000)}`.slice(0, 300)}`)
  for (const status of [400, 422, 500, 503])
    expect(verdictOf(answer(status, said), { hasContent: true })).toMatchObject({ message: `answered ${status}` })
  expect(verdictOf(answer(401, 'wrong key'), { hasContent: true })).toMatchObject({
    message: 'answered 401: wrong key',
  })
})

test('a fault in an answer of 2xx refuses what was sent, without another try', () => {
  const faultIn = () => '3 spans were rejected: hello'
  expect(verdictOf(answer(200), { ...without, faultIn })).toEqual({
    kind: 'refused',
    message: '3 spans were rejected: hello',
    mayBeOne: false,
  })
  expect(verdictOf(answer(200), { hasContent: true, faultIn })).not.toMatchObject({
    message: expect.stringContaining('hello'),
  })
})
