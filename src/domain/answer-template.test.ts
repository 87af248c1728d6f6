import { expect, test } from 'vitest'
import { fillTemplate, toTemplate } from './answer-template.ts'

const FROM = { id: 'gen-1-abc', created: 1_700_000_000 }
const TO = { id: 'gen-2-def', created: 1_700_000_500 }

const again = (text: string, isStream: boolean) => {
  const template = toTemplate({ text, isStream, created: FROM.created })
  return template === undefined ? undefined : fillTemplate(template, FROM, TO)
}
const event = (value: unknown, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`

const USED = {
  prompt_tokens: 5,
  cost: 0.01,
  is_byok: true,
  prompt_tokens_details: { cached_tokens: 2 },
  cost_details: { upstream_inference_cost: null, upstream_inference_prompt_cost: 0.01 },
}
const UNUSED = {
  prompt_tokens: 0,
  cost: 0,
  is_byok: false,
  prompt_tokens_details: { cached_tokens: 0 },
  cost_details: { upstream_inference_cost: null, upstream_inference_prompt_cost: 0 },
}

test('an answer comes again under another id and time, used nothing, and tells nothing of the first way', () => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'say "created":1700000000' } }]
  const answer = { ...FROM, choices, usage: USED, openrouter_metadata: { requested: 'a/b' } }
  expect(JSON.parse(again(JSON.stringify(answer), false) ?? '')).toEqual({ ...TO, choices, usage: UNUSED })
})

test('so does a stream, without its comments and what was for finding faults', () => {
  const chunk = { ...FROM, choices: [{ delta: { content: ': OPENROUTER\n\nPROCESSING' } }] }
  const sent =
    event({ ...FROM, choices: [], debug: { echo_upstream_body: {} } }) +
    ': OPENROUTER PROCESSING\n\n' +
    event(chunk) +
    event({ ...FROM, choices: [], usage: USED, openrouter_metadata: {} }) +
    'data: [DONE]\n\n'
  const expected = event({ ...chunk, ...TO }) + event({ ...TO, choices: [], usage: UNUSED }) + 'data: [DONE]\n\n'
  expect(again(sent, true)).toBe(expected)
})

test('events of other protocols keep their names, and what they carry is cleaned', () => {
  const message = { id: FROM.id, usage: { input_tokens: 7, output_tokens: 1 } }
  const response = { id: FROM.id, created_at: FROM.created, completed_at: FROM.created + 3, usage: { cost: 1 } }
  const sent =
    event({ type: 'message_start', message }, 'message_start') + event({ type: 'response.completed', response })
  expect(again(sent, true)).toBe(
    event(
      { type: 'message_start', message: { id: TO.id, usage: { input_tokens: 0, output_tokens: 0 } } },
      'message_start',
    ) +
      event({
        type: 'response.completed',
        response: { id: TO.id, created_at: TO.created, completed_at: TO.created, usage: { cost: 0 } },
      }),
  )
})

test.each([
  ['no JSON', '<html>', false],
  ['no object', '[1]', false],
  ['a stream with a broken event', 'data: {"a\n\ndata: [DONE]\n\n', true],
])('%s is not kept', (_name, text, isStream) => expect(again(text, isStream)).toBeUndefined())
