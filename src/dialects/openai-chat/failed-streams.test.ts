import { expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/pricing.ts'
import { completionsProtocol } from './completions-protocol.ts'
import { chatProtocol } from './protocol.ts'

const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }
const ERROR = { code: 502, message: 'Provider disconnected', metadata: { error_type: 'provider_unavailable' } }
const COUNTED = {
  usage: { ...NO_USAGE, promptTokens: 9, completionTokens: 6 },
  cost: { total: 15_000n, prompt: 9_000n, completion: 6_000n },
}

test.each([
  [chatProtocol, { delta: { content: '' } }],
  [completionsProtocol, { text: '', logprobs: null }],
])('a stream that failed ends in one event with the error and what was counted', (protocol, said) => {
  const text = protocol.newStream(IDENTITY).fail(ERROR, COUNTED)
  expect(text).toMatch(/^data: .*\n\n$/)
  expect(JSON.parse(text.slice('data: '.length))).toMatchObject({
    id: 'gen-1',
    error: ERROR,
    choices: [{ index: 0, ...said, finish_reason: 'error' }],
    usage: { prompt_tokens: 9, completion_tokens: 6, cost: 0.000015 },
  })
})
