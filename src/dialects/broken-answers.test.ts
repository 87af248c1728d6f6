import { expect, test } from 'vitest'
import type { DialectName } from '../domain/catalogue.ts'
import { DIALECTS } from './dialects.ts'

/** What a provider of each format answers whose model has ended by an error, after some words. */
const BROKEN: Readonly<Record<Exclude<DialectName, 'anthropic'>, object>> = {
  'openai-chat': { choices: [{ finish_reason: 'error', message: { content: 'Half of' } }] },
  'openai-responses': {
    status: 'failed',
    error: { code: 'server_error', message: 'broken' },
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'Half of' }] }],
  },
  gemini: { candidates: [{ content: { parts: [{ text: 'Half of' }] }, finishReason: 'MALFORMED_FUNCTION_CALL' }] },
  bedrock: {
    output: { message: { role: 'assistant', content: [{ text: 'Half of' }] } },
    stopReason: 'malformed_model_output',
  },
}

test.each(Object.entries(BROKEN))(
  'a whole answer of %s whose model ended by an error is never one that ended well',
  (name, body) => {
    const dialect = DIALECTS[name as DialectName]
    const decoded = dialect.decode(JSON.stringify(body), { kind: 'chat', isNative: false })
    expect(decoded?.finishReason ?? 'error').toBe('error')
  },
)

test('a provider of messages answers an error in place of one', () => {
  const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'broken' } })
  for (const isNative of [false, true]) {
    expect(DIALECTS.anthropic.decode(body, { kind: 'chat', isNative })).toBeUndefined()
  }
})
