import { expect, test } from 'vitest'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { AnswerStore, CachedAnswer } from '../ports.ts'
import type { Outcome } from '../stages/attempt.ts'
import { Caching } from './caching.ts'

const ENDPOINT = { id: 'e', modelId: 'a/b' } as Endpoint
const DONE: Outcome = {
  kind: 'done',
  endpoint: ENDPOINT,
  attempts: [],
  failure: null,
  usage: undefined,
  usageRaw: null,
  upstreamId: null,
  finishReason: 'stop',
  nativeFinishReason: 'end_turn',
  outputBytes: 1,
  contentChunks: 1,
  latencyMs: 1,
  transcript: null,
}
const INFERENCE = { open: { id: 'gen-1-a' }, created: 7, cappedTokens: null }
const BODY = JSON.stringify({ id: 'gen-1-a', created: 7, choices: [{ finish_reason: 'stop' }], usage: { cost: 1 } })

function keep(
  changes: { outcome?: Partial<Outcome>; text?: string; cappedTokens?: number; isChat?: boolean; isHit?: boolean } = {},
): CachedAnswer | undefined {
  const { outcome, text = BODY, cappedTokens = null, isChat = true, isHit = false } = changes
  const kept: CachedAnswer[] = []
  const answers: AnswerStore = { find: () => undefined, keep: (_id, answer) => void kept.push(answer) }
  const answer = { generationId: 'gen-0-a', at: 0, expiresAt: 1_000 } as CachedAnswer
  const caching = new Caching({
    id: 'id',
    wish: { ttlSeconds: 60, isRefresh: false },
    now: 5_000,
    answers,
    hit: isHit ? { answer, endpoint: ENDPOINT } : null,
    isStream: false,
    isChat,
  })
  caching.record(text)
  caching.keep({ ...INFERENCE, cappedTokens }, { ...DONE, ...outcome })
  return kept[0]
}

test('a whole answer is kept, for as long as is wanted', () => {
  expect(keep()).toEqual({
    generationId: 'gen-1-a',
    at: 5_000,
    expiresAt: 65_000,
    created: 7,
    modelId: 'a/b',
    endpointId: 'e',
    finishReason: 'stop',
    nativeFinishReason: 'end_turn',
    said: null,
    text: expect.stringContaining('"cost":0'),
  })
})

test.each([
  ['a refusal', { outcome: { kind: 'upstream_error' } }],
  ['an answer whose caller left', { outcome: { kind: 'cancelled' } }],
  ['one that failed on its way', { outcome: { finishReason: 'error' } }],
  ['one of which a choice failed', { text: BODY.replace('"stop"', '"error"') }],
  ['one without an end', { outcome: { finishReason: null } }],
  ['one that a limit made shorter', { cappedTokens: 16 }],
  ['one that was kept already', { isHit: true }],
  ['one that is too long', { text: JSON.stringify({ text: 'x'.repeat(1_048_576) }) }],
  ['one that is no object', { text: '[]' }],
] as [string, Parameters<typeof keep>[0]][])('%s is not kept', (_name, changes) => {
  expect(keep(changes)).toBeUndefined()
})

test('what ends for no reason, as lists do, is kept', () => {
  expect(keep({ outcome: { finishReason: null }, isChat: false })).toBeDefined()
})
