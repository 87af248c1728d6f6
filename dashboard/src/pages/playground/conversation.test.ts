import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../../../src/contract/inference/chat-completions.ts'
import {
  type Answer,
  bodyOnScreen,
  type Conversation,
  DEFAULT_SETTINGS,
  settingsFaults,
  toBody,
} from './conversation.ts'

const lane = { id: 'a', model: 'x/one' }
const answer = (text: string): Answer => ({ model: 'x/one', state: 'done', text, reasoning: '' })
const conversation: Conversation = {
  settings: DEFAULT_SETTINGS,
  lanes: [lane, { id: 'b', model: 'x/two' }],
  turns: [
    { id: '1', text: 'one', images: [], answers: { a: answer('first'), b: answer('other') } },
    { id: '2', text: 'refused', images: [], answers: { a: { ...answer(''), state: 'failed' }, b: answer('yes') } },
  ],
}

test('a model is told its own answers alone, and no turn that it has not answered', () => {
  expect(toBody(conversation, lane, { text: 'now', images: [] }).messages).toEqual([
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'first' },
    { role: 'user', content: 'now' },
  ])
})

test('what is not chosen is not sent, so that the workspace decides', () => {
  expect(toBody({ ...conversation, turns: [] }, lane, { text: 'now', images: [] })).toEqual({
    model: 'x/one',
    messages: [{ role: 'user', content: 'now' }],
    max_tokens: 1024,
  })
})

test('everything that is chosen is sent in fields that the API knows', () => {
  const settings = {
    ...DEFAULT_SETTINGS,
    system: 'Be short.',
    temperature: '0.5',
    maxTokens: '20',
    effort: 'low' as const,
    isJson: true,
    routing: {
      sort: 'price' as const,
      order: ['p'],
      only: ['p', 'q'],
      ignore: ['r'],
      allowsFallbacks: false,
      requiresParameters: true,
      deniesCollection: true,
      isZdr: true,
    },
  }
  const body = toBody({ ...conversation, settings, turns: [] }, lane, {
    text: 'see',
    images: [{ name: 'a.png', url: 'data:image/png;base64,AA' }],
  })
  expect(ChatCompletionRequest.parse(body)).toEqual(body)
  expect(body).toEqual({
    model: 'x/one',
    messages: [
      { role: 'system', content: 'Be short.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
        ],
      },
    ],
    max_tokens: 20,
    temperature: 0.5,
    reasoning: { effort: 'low' },
    response_format: { type: 'json_object' },
    provider: {
      sort: 'price',
      order: ['p'],
      only: ['p', 'q'],
      ignore: ['r'],
      allow_fallbacks: false,
      require_parameters: true,
      data_collection: 'deny',
      zdr: true,
    },
  })
})

test('the code shows what is being written, else what was sent last', () => {
  const texts = (draft: string) =>
    bodyOnScreen(conversation, lane, { text: draft, images: [] }).messages.map(({ content }) => content)
  expect(texts('more')).toEqual(['one', 'first', 'more'])
  expect(texts(' ')).toEqual(['one', 'first', 'refused'])
})

test.each([
  [{ temperature: '2.1' }, 'temperature'],
  [{ temperature: 'warm' }, 'temperature'],
  [{ maxTokens: '0' }, 'maxTokens'],
  [{ maxTokens: '1.5' }, 'maxTokens'],
])('a setting that the API would refuse is said at its field: %o', (wrong, field) => {
  expect(Object.keys(settingsFaults({ ...DEFAULT_SETTINGS, ...wrong }))).toEqual([field])
})
