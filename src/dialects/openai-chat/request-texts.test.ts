import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRequestTexts } from './request-texts.ts'

const textsOf = (request: object) => readRequestTexts(JSON.stringify(request)).texts.map(({ text }) => text)

/** The request with each text in capitals. */
function shout(request: object): unknown {
  const { texts, replaceWith } = readRequestTexts(JSON.stringify(request))
  return JSON.parse(replaceWith(texts.map(({ text }) => text.toUpperCase())))
}

test.each<[string, object, string[]]>([
  [
    'messages of every role',
    {
      messages: [
        { role: 'system', content: 'a' },
        { role: 'tool', content: 'b' },
      ],
    },
    ['a', 'b'],
  ],
  [
    'text beside pictures, but no addresses and no data',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'data:x', detail: 'low', alt: 'b' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { filename: 'c', file_data: 'AAAA' } },
          ],
        },
      ],
    },
    ['a', 'b', 'c'],
  ],
  [
    'what tools were called with, in names and values',
    {
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'i', type: 'function', function: { name: 'f', arguments: '{"k":["v\\u0061",12],"n":null}' } },
          ],
        },
      ],
    },
    ['k', 'va', '12', 'n'],
  ],
  [
    'arguments that are no JSON',
    { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '{"a' } }] },
    ['{"a'],
  ],
  ['reasoning and refusals', { messages: [{ role: 'assistant', reasoning: 'a', refusal: 'b' }] }, ['a', 'b']],
  ['the prediction', { messages: [], prediction: { type: 'content', content: [{ type: 'text', text: 'a' }] } }, ['a']],
  ['prompts of the older form', { prompt: ['a', 'b'] }, ['a', 'b']],
  ['one prompt', { prompt: 'a' }, ['a']],
  ['nothing of definitions and settings', { messages: [], tools: [{ type: 'function' }], stop: 'x', seed: 1 }, []],
])('%s', (_name, request, expected) => expect(textsOf(request)).toEqual(expected))

test('only the user’s own texts are the user’s', () => {
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'a' }] },
    { role: 'assistant', content: 'b' },
  ]
  expect(readRequestTexts(JSON.stringify({ messages })).texts.map(({ isFromUser }) => isFromUser)).toEqual([
    true,
    false,
  ])
})

test('texts take the places of those they replace, and JSON stays JSON', () => {
  const call = (text: string) => ({ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: text } }] })
  expect(
    shout({ seed: 1, messages: [{ role: 'user', content: 'a' }, call('{"k": "b\\"c", "n": 12345678901234567890}')] }),
  ).toEqual({
    seed: 1,
    messages: [{ role: 'user', content: 'A' }, call('{"K": "B\\"C", "n": 12345678901234567890}'.replace('"n"', '"N"'))],
  })
  const { texts, replaceWith } = readRequestTexts(JSON.stringify({ messages: [call('{"card": 4111111111111111}')] }))
  const redacted = texts.map(({ text }) => (text.startsWith('4') ? '[CARD]' : text))
  expect(JSON.parse(replaceWith(redacted))).toEqual({ messages: [call('{"card": "[CARD]"}')] })
})

test('whatever the request, giving back its own texts changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.json(), (contents, text) => {
      const request = {
        messages: [
          ...contents.map((content) => ({ role: 'user', content })),
          { role: 'assistant', tool_calls: [{ function: { arguments: text } }] },
        ],
      }
      const json = JSON.stringify(request)
      const { texts, replaceWith } = readRequestTexts(json)
      expect(replaceWith(texts.map((one) => one.text))).toBe(json)
    }),
  )
})
