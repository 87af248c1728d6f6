import { expect, test } from 'vitest'
import { parseChatRequest } from '../../dialects/openai-chat/parse-request.ts'
import { hashOpening } from '../sessions/conversation.ts'
import { LargeBodyParser } from './large-body-parser.ts'

const parser = new LargeBodyParser()
const bodyOf = (fields: Record<string, unknown>): Buffer =>
  Buffer.from(JSON.stringify({ model: 'a/b', messages: [{ role: 'user', content: 'x'.repeat(2_000_000) }], ...fields }))

test('a large body is read as a small one would be, with what it passes on as bytes', async () => {
  const body = bodyOf({
    stream: true,
    user: 'jane',
    session_id: 's',
    provider: { only: ['p'] },
    seed: 7,
    max_tokens: 3,
  })
  const { payload, opening, ...expected } = parseChatRequest(body, null)
  const { payload: read, opening: name, ...request } = await parser.parse(Buffer.from(body), 'chat', null)
  expect(request).toEqual(expected)
  expect(read).toEqual({ ...payload, passedOn: expect.any(Buffer) })
  expect(name).toBe(hashOpening(opening as readonly unknown[]))
  // Not compared by `toEqual`: it would print both.
  expect(String(read.passedOn) === payload.passedOn).toBe(true)
})

test.each([
  ['not JSON', Buffer.from(`{"model":"${'x'.repeat(2_000_000)}`), 'Request body is not valid JSON'],
  ['nested too deep', Buffer.from('['.repeat(2_000_000)), 'Request body is nested deeper than 256 levels'],
  ['wrong in a field', bodyOf({ n: 0 }), /^n: /],
])('a body that is %s is refused as a small one would be', async (_name, body, message) => {
  await expect(parser.parse(body, 'chat', null)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(message),
  })
})

test('bodies that come together are each answered with their own content, part of a shared block or not', async () => {
  const block = Buffer.alloc(10_000_000)
  const bodies = [1, 2, 3, 4].map((n) => {
    const body = bodyOf({ n, session_id: `s${n}` })
    if (n % 2 === 0) return body
    const at = n * 2_100_000
    body.copy(block, at)
    return block.subarray(at, at + body.length)
  })
  const requests = await Promise.all(bodies.map((body) => parser.parse(body, 'chat', null)))
  expect(requests.map(({ choices, sessionId }) => [choices, sessionId])).toEqual([1, 2, 3, 4].map((n) => [n, `s${n}`]))
})

test('after a rest, in which the thread has ended, bodies are read again', async () => {
  const rested = new LargeBodyParser(1)
  for (let round = 1; round <= 3; round += 1) {
    expect((await rested.parse(bodyOf({ n: round }), 'chat', null)).choices).toBe(round)
    await new Promise((resolve) => setTimeout(resolve, 50 * (round - 1)))
  }
})
